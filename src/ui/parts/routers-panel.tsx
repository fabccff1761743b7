import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Drill, RouterStanding } from '../../api/routers/schema.ts';
import { wholeTime } from '../state/time.ts';
import { useClient, useMay, useTell, useWords, useWorld } from './page-context.ts';
import { Ago, Failure } from './small.tsx';

interface RouteRow {
  readonly prefix: string;
  readonly nextHop: string;
  readonly state: 'installed' | 'accepted' | 'missing' | 'extra';
}

const keyOf = ({ prefix, nextHop }: { prefix: string; nextHop: string }): string =>
  `${prefix} ${nextHop}`;

function rowsOf({ desired, observed }: RouterStanding): readonly RouteRow[] {
  const wanted = new Set(desired.map(keyOf));
  const seen = new Set(observed.map(keyOf));
  return [
    ...observed.map(({ prefix, nextHop, isInstalled }): RouteRow => {
      const standing = isInstalled ? 'installed' : 'accepted';
      return {
        prefix,
        nextHop,
        state: wanted.has(keyOf({ prefix, nextHop })) ? standing : 'extra',
      };
    }),
    ...desired
      .filter((route) => !seen.has(keyOf(route)))
      .map(({ prefix, nextHop }): RouteRow => ({ prefix, nextHop, state: 'missing' })),
  ];
}

function DrillButton({ router }: { readonly router: string }): JSX.Element {
  const words = useWords();
  const client = useClient();
  const may = useMay('operator');
  const tell = useTell();
  const [drill, setDrill] = useState<Drill>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const run = (): void => {
    setBusy(true);
    setError(undefined);
    client
      .ask<Drill>(`/routers/${router}/drill`, { method: 'POST' })
      .then(setDrill, setError)
      .finally(() => setBusy(false));
  };
  return (
    <>
      <button
        type="button"
        disabled={!may || isBusy}
        title={may ? undefined : words.needsRole('operator')}
        onClick={run}
      >
        {words.action.drill}
      </button>
      <Failure error={error} />
      {drill !== undefined && (
        <div aria-live="polite">
          <p class={drill.isPassed ? 'good' : 'bad'}>
            {drill.isPassed ? words.router.passed : words.router.failed}
          </p>
          <ul class="samples">
            {drill.steps.map(({ step, isPassed, told }) => (
              <li key={step}>
                <span aria-hidden="true">{isPassed ? '✓' : '✕'}</span>{' '}
                <strong>{words.term('drillSteps', step)}</strong> {tell(told)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

/** When the router gives its routes up without us, and what is in the way of putting that off. */
function Lease({ lease }: { readonly lease: NonNullable<RouterStanding['lease']> }): JSX.Element {
  const { router: words, language } = useWords();
  return (
    <p class={lease.problem === null ? 'faint' : 'bad'}>
      {words.leased(lease.routes, wholeTime(lease.until, language))}
      {lease.problem !== null && ` ${words.leaseFails} ${lease.problem}`}
    </p>
  );
}

/** When it was read, and whether that was as planned: a router that cannot be read agrees with no plan. */
function Standing({
  router,
  isInStep,
}: {
  readonly router: RouterStanding;
  readonly isInStep: boolean;
}): JSX.Element {
  const { router: words } = useWords();
  const standing = isInStep ? words.inStep : words.differs;
  return (
    <p class="faint">
      {router.readAt !== null && (
        <>
          {words.read} <Ago at={router.readAt} /> ·{' '}
        </>
      )}
      {router.isReadable && `${standing} · `}
      {router.estate.join(', ')}
    </p>
  );
}

function Router({ router }: { readonly router: RouterStanding }): JSX.Element {
  const words = useWords();
  const rows = rowsOf(router);
  const isInStep = rows.every(({ state }) => state === 'installed');
  return (
    <li class={router.isReadable && isInStep ? 'card' : 'card active'}>
      <h3>
        {router.name}{' '}
        <span class={router.isReadable ? 'good' : 'bad'}>
          {router.isReadable ? words.router.readable : words.router.unreadable}
        </span>
        {router.isInsecure && <span class="bad"> · {words.router.insecure}</span>}
        {router.allowsOldAlgorithms && <span class="bad"> · {words.router.oldAlgorithms}</span>}
      </h3>
      <Standing router={router} isInStep={isInStep} />
      {router.lease !== null && <Lease lease={router.lease} />}
      {router.error !== null && <p class="bad">{router.error}</p>}
      {rows.length === 0 ? (
        <p class="faint">{words.router.noRoutes}</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{words.column.prefix}</th>
                <th scope="col">{words.column.nextHop}</th>
                <th scope="col" />
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={keyOf(row)}>
                  <td>{row.prefix}</td>
                  <td>{row.nextHop}</td>
                  <td class={row.state === 'installed' ? 'good' : 'bad'}>
                    {words.router[row.state]}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {router.foreign.length > 0 && (
        <p class="faint">
          {words.router.foreign}:{' '}
          {router.foreign.map(({ prefix, nextHop }) => `${prefix} → ${nextHop}`).join(', ')}
        </p>
      )}
      <DrillButton router={router.name} />
    </li>
  );
}

/** Every router: readable or not, and its routes beside those it should have. */
export function RoutersPanel(): JSX.Element {
  const { routers } = useWorld();
  return (
    <ul class="cards">
      {routers.map((router) => (
        <Router key={router.name} router={router} />
      ))}
    </ul>
  );
}
