import type { JSX } from 'preact';
import type { IncidentView } from '../../api/incidents/schema.ts';
import { useTell, useWords } from './page-context.ts';
import { Ago } from './small.tsx';

/** The story of an incident, oldest first. */
export function Timeline({ entries }: { readonly entries: IncidentView['timeline'] }): JSX.Element {
  const words = useWords();
  const tell = useTell();
  return (
    <ol class="timeline">
      {entries.map((entry) => (
        <li key={`${entry.at} ${entry.reason} ${entry.text}`}>
          <Ago at={entry.at} />{' '}
          <strong title={entry.reason}>{words.term('reasons', entry.reason)}</strong>{' '}
          {tell(entry.told)}
        </li>
      ))}
    </ol>
  );
}
