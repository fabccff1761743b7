import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { OrderDialog } from './order-dialog.tsx';
import { useClient, useLive, useMay, useWords, useWorld } from './page-context.ts';

/** Stops all automation, or lets it act again. */
export function FreezeButton(): JSX.Element {
  const words = useWords();
  const client = useClient();
  const live = useLive();
  const may = useMay('operator');
  const isFrozen = useWorld().status?.freeze.isFrozen ?? false;
  const [isAsking, setAsking] = useState(false);
  const verb = isFrozen ? 'thaw' : 'freeze';
  return (
    <>
      <button
        type="button"
        class={isFrozen ? 'main' : 'danger'}
        disabled={!may}
        title={may ? words.actionMeans[verb] : words.needsRole('operator')}
        onClick={() => setAsking(true)}
      >
        <span aria-hidden="true">{isFrozen ? '▶' : '‖'}</span> {words.action[verb]}
      </button>
      {isAsking && (
        <OrderDialog
          title={words.action[verb]}
          meaning={words.actionMeans[verb]}
          isReasonNeeded={!isFrozen}
          hours={[]}
          onGive={async ({ reason }) => {
            const ask = isFrozen
              ? ({ method: 'DELETE' } as const)
              : ({ method: 'PUT', body: { reason } } as const);
            await client.ask('/freeze', ask);
            live.refresh();
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
