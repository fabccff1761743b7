import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { LimitsView } from '../api/answers.ts';
import { useClient, useMay, useWords } from './page-context.ts';
import { Failure } from './small.tsx';

const names = [
  'sessions',
  'newPerSecond',
  'siteSessions',
  'siteNewPerSecond',
  'passedSessions',
  'sitePassedSessions',
  'passedIdleMs',
  'sourceSessions',
  'sourceNewPerSecond',
] as const;

type Draft = Readonly<Record<(typeof names)[number], string>>;

const draftOf = (limits: LimitsView): Draft => ({
  sessions: String(limits.sessions),
  newPerSecond: String(limits.newPerSecond),
  siteSessions: String(limits.siteSessions),
  siteNewPerSecond: String(limits.siteNewPerSecond),
  passedSessions: String(limits.passedSessions),
  sitePassedSessions: String(limits.sitePassedSessions),
  passedIdleMs: String(limits.passedIdleMs),
  sourceSessions: String(limits.sourceSessions),
  sourceNewPerSecond: String(limits.sourceNewPerSecond),
});

/** Session limits of the notice plane, changeable while it runs. */
export function LimitsPanel(): JSX.Element {
  const words = useWords();
  const client = useClient();
  const may = useMay('admin');
  const [draft, setDraft] = useState<Draft>();
  const [error, setError] = useState<unknown>();
  const [isSaved, setSaved] = useState(false);
  const take = (limits: LimitsView): void => setDraft(draftOf(limits));
  useEffect(() => {
    client.ask<LimitsView>('/limits').then(take, setError);
  }, [client]);
  const save = (event: Event): void => {
    event.preventDefault();
    setSaved(false);
    setError(undefined);
    const body = Object.fromEntries(names.map((name) => [name, Number(draft?.[name])]));
    client.ask<LimitsView>('/limits', { method: 'PUT', body }).then((limits) => {
      take(limits);
      setSaved(true);
    }, setError);
  };
  return (
    <form class="card form" onSubmit={save}>
      {names.map((name) => (
        <label key={name}>
          {words.limits[name]}
          <input
            type="number"
            min="1"
            name={name}
            disabled={!may || draft === undefined}
            value={draft?.[name] ?? ''}
            onInput={({ currentTarget }) =>
              draft !== undefined && setDraft({ ...draft, [name]: currentTarget.value })
            }
          />
        </label>
      ))}
      <Failure error={error} />
      <div class="buttons">
        <span class="good" aria-live="polite">
          {isSaved ? words.limits.saved : ''}
        </span>
        {!may && <span class="faint">{words.needsRole('admin')}</span>}
        <button type="submit" class="main" disabled={!may || draft === undefined}>
          {words.action.save}
        </button>
      </div>
    </form>
  );
}
