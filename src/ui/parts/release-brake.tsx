import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BrakeView } from '../../api/brakes/schema.ts';
import { OrderDialog } from './order-dialog.tsx';
import { useClient, useLive, useMay, useWords } from './page-context.ts';
import { SiteNames } from './site-names.tsx';

/** Lets the sites that a brake holds through, with a reason; nothing where the brake holds nobody or goes only by itself. */
export function ReleaseBrake({ brake }: { readonly brake: BrakeView }): JSX.Element | null {
  const words = useWords();
  const client = useClient();
  const live = useLive();
  const may = useMay('approver');
  const [isAsking, setAsking] = useState(false);
  if (!brake.isActive || !brake.isReleasable) {
    return null;
  }
  return (
    <>
      <button
        type="button"
        disabled={!may}
        title={may ? words.actionMeans.releaseBrake : words.needsRole('approver')}
        onClick={() => setAsking(true)}
      >
        {words.action.releaseBrake}
      </button>
      {isAsking && (
        <OrderDialog
          title={words.action.releaseBrake}
          meaning={words.actionMeans.releaseBrake}
          isReasonNeeded
          hours={[]}
          onGive={async ({ reason }) => {
            await client.ask(`/brakes/${brake.brake}/release`, {
              method: 'POST',
              body: { reason },
            });
            live.refresh();
          }}
          onClose={() => setAsking(false)}
        >
          <p>
            {words.brake.holding}: <strong>{brake.holding.length}</strong>
          </p>
          <SiteNames names={brake.holding} />
        </OrderDialog>
      )}
    </>
  );
}
