import type { JSX } from 'preact';
import { wholeTime } from '../state/time.ts';
import { useTell, useWords, useWorld } from './page-context.ts';

/** The newest lines of the audit. */
export function AuditPanel(): JSX.Element {
  const words = useWords();
  const tell = useTell();
  const { audit } = useWorld();
  if (audit.length === 0) {
    return <p class="faint empty">{words.audit.none}</p>;
  }
  return (
    // A region that scrolls must be reached by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above.
    <section class="scroll card audit" aria-label={words.nav.audit} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col">{words.column.time}</th>
            <th scope="col">{words.column.who}</th>
            <th scope="col">{words.column.site}</th>
            <th scope="col">{words.column.reason}</th>
            <th scope="col">{words.column.text}</th>
          </tr>
        </thead>
        <tbody>
          {audit.map((record) => (
            <tr key={record.seq}>
              <td class="faint nowrap">{record.seq}</td>
              <td class="nowrap">{wholeTime(record.at, words.language)}</td>
              <td>{record.actor}</td>
              <td>{record.site ?? record.router ?? ''}</td>
              <td class="nowrap" title={record.reason}>
                {words.term('reasons', record.reason)}
              </td>
              <td>{tell(record.told)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
