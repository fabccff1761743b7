import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { BlockedSourceList } from '../../api/blocked-sources/schema.ts';
import { useClient, useMay, useNow, useWords } from './page-context.ts';
import { Ago, Failure } from './small.tsx';

interface Listed {
  readonly sources: BlockedSourceList['sources'];
  /** When they were asked for: each end counts from here. */
  readonly at: number;
}

/** The sources whose packets notice hosts drop; a person can let each in again. */
export function BlockedSources(): JSX.Element {
  const words = useWords();
  const client = useClient();
  const may = useMay('operator');
  const now = useNow();
  const [listed, setListed] = useState<Listed>();
  const [error, setError] = useState<unknown>();
  const take = ({ sources }: BlockedSourceList): void => {
    setError(undefined);
    setListed({ sources, at: Date.now() });
  };
  useEffect(() => {
    client.ask<BlockedSourceList>('/blocked-sources').then(take, setError);
  }, [client, now]);
  const lift = (source: string): void => {
    const url = `/blocked-sources/${encodeURIComponent(source)}`;
    client.ask<BlockedSourceList>(url, { method: 'DELETE' }).then(take, setError);
  };
  const shown = listed?.sources ?? [];
  return (
    <section class="card" aria-labelledby="blocked">
      <h3 id="blocked">{words.blocked.title}</h3>
      <p class="faint">{words.blocked.meaning}</p>
      <Failure error={error} />
      {listed !== undefined && shown.length === 0 && <p>{words.blocked.none}</p>}
      <ul>
        {shown.map(({ source, expiresInSeconds }) => (
          <li key={source}>
            <code>{source}</code>{' '}
            <span class="faint">
              {words.blocked.until}{' '}
              <Ago at={new Date((listed?.at ?? 0) + expiresInSeconds * 1_000).toISOString()} />
            </span>{' '}
            <button
              type="button"
              disabled={!may}
              title={may ? words.blocked.liftMeans : words.needsRole('operator')}
              onClick={() => lift(source)}
            >
              {words.blocked.lift}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
