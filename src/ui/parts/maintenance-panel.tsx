import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { WindowView } from '../../api/maintenance/schema.ts';
import { OrderDialog } from './order-dialog.tsx';
import { useClient, useLive, useMay, useWords, useWorld } from './page-context.ts';
import { Ago, Failure } from './small.tsx';

function Window({ window: plan }: { readonly window: WindowView }): JSX.Element {
  const words = useWords();
  const client = useClient();
  const live = useLive();
  const may = useMay('operator');
  const [isAsking, setAsking] = useState(false);
  return (
    <li class={plan.isActive ? 'card active' : 'card'}>
      <h3>
        {plan.sites.join(', ')}{' '}
        {plan.isActive && <span class="bad">{words.maintenance.active}</span>}
      </h3>
      <p>{plan.reason}</p>
      <p class="faint">
        {plan.cron === null ? '' : `${plan.cron} ${plan.timeZone} · `}
        {plan.endsAt !== null && (
          <>
            {words.field.endsAt} <Ago at={plan.endsAt} /> ·{' '}
          </>
        )}
        {plan.nextStartAt !== null && (
          <>
            {words.maintenance.next} <Ago at={plan.nextStartAt} /> ·{' '}
          </>
        )}
        {plan.divert ? words.maintenance.diverting : words.maintenance.quiet} · {plan.owner}
      </p>
      <button
        type="button"
        disabled={!may}
        title={may ? words.actionMeans.removeWindow : words.needsRole('operator')}
        onClick={() => setAsking(true)}
      >
        {words.action.remove}
      </button>
      {isAsking && (
        <OrderDialog
          title={words.action.remove}
          meaning={words.actionMeans.removeWindow}
          isReasonNeeded={false}
          hours={[]}
          onGive={async () => {
            await client.ask(`/maintenance/${plan.id}`, { method: 'DELETE' });
            live.refresh();
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

const hourMs = 3_600_000;

/** The value of a `datetime-local` field for a moment, in the reader's zone. */
function localInput(at: number): string {
  const zoneMs = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - zoneMs).toISOString().slice(0, 16);
}

function NewWindow(): JSX.Element {
  const words = useWords();
  const client = useClient();
  const live = useLive();
  const may = useMay('operator');
  const [error, setError] = useState<unknown>();
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) {
      return;
    }
    const data = new FormData(form);
    const time = (name: string): string => new Date(String(data.get(name))).toISOString();
    setError(undefined);
    const body = {
      sites: String(data.get('sites'))
        .split(/[\s,]+/)
        .filter(Boolean),
      reason: String(data.get('reason')),
      startsAt: time('startsAt'),
      endsAt: time('endsAt'),
      divert: data.get('divert') !== null,
    };
    client.ask('/maintenance', { method: 'POST', body }).then(() => {
      form.reset();
      live.refresh();
    }, setError);
  };
  return (
    <details class="card">
      <summary>{words.action.add}</summary>
      <form class="form" onSubmit={add}>
        <label>
          {words.field.sites}
          <input name="sites" required autocomplete="off" />
        </label>
        <label>
          {words.field.reason}
          <input name="reason" required maxLength={500} autocomplete="off" />
        </label>
        <label>
          {words.field.startsAt}
          <input
            type="datetime-local"
            name="startsAt"
            required
            defaultValue={localInput(Date.now())}
          />
        </label>
        <label>
          {words.field.endsAt}
          <input
            type="datetime-local"
            name="endsAt"
            required
            defaultValue={localInput(Date.now() + hourMs)}
          />
        </label>
        <label class="check">
          <input type="checkbox" name="divert" /> {words.field.showNotice}
        </label>
        <Failure error={error} />
        <div class="buttons">
          {!may && <span class="faint">{words.needsRole('operator')}</span>}
          <button type="submit" class="main" disabled={!may}>
            {words.action.save}
          </button>
        </div>
      </form>
    </details>
  );
}

/** The calendar of planned windows. */
export function MaintenancePanel(): JSX.Element {
  const words = useWords();
  const { windows } = useWorld();
  return (
    <>
      <NewWindow />
      {windows.length === 0 ? (
        <p class="faint empty">{words.maintenance.none}</p>
      ) : (
        <ul class="cards">
          {windows.map((window) => (
            <Window key={window.id} window={window} />
          ))}
        </ul>
      )}
    </>
  );
}
