import type { ComponentChildren, JSX } from 'preact';
import type { SiteView } from '../../api/sites/schema.ts';
import { RequestFailed } from '../api/client.ts';
import { relativeTime, wholeTime } from '../state/time.ts';
import { useNow, useWords } from './page-context.ts';

/** A shape for each phase beside its word, so that colour is never the only sign. */
const shapes: Readonly<Record<SiteView['phase'], string>> = {
  serving: '●',
  suspect: '▲',
  diverting: '◐',
  diverted: '■',
  recovering: '◑',
  restoring: '◒',
  held: '‖',
};

export function Phase({ phase }: { readonly phase: SiteView['phase'] }): JSX.Element {
  const words = useWords();
  return (
    <span class={`phase phase-${phase}`}>
      <span aria-hidden="true">{shapes[phase]}</span> {words.phase[phase]}
    </span>
  );
}

const verdictShapes = { up: '✓', down: '✕', unknown: '?' } as const;

export function Verdict({ verdict }: { readonly verdict: SiteView['verdict'] }): JSX.Element {
  const words = useWords();
  return (
    <span class={`verdict verdict-${verdict}`}>
      <span aria-hidden="true">{verdictShapes[verdict]}</span> {words.verdict[verdict]}
    </span>
  );
}

/** A moment as the reader wants it: how long ago, and whole on demand. */
export function Ago({ at }: { readonly at: string }): JSX.Element {
  const { language } = useWords();
  const now = useNow();
  return (
    <time dateTime={at} title={wholeTime(at, language)}>
      {relativeTime(at, now, language)}
    </time>
  );
}

/** What went wrong with a request, in the words of the API, every single error with its place. */
export function Failure({ error }: { readonly error: unknown }): JSX.Element | null {
  if (error === undefined) {
    return null;
  }
  const problem = error instanceof RequestFailed ? error.problem : undefined;
  const single = problem?.errors?.filter(({ message }) => !problem.detail.includes(message)) ?? [];
  return (
    <div class="failure" role="alert">
      <p>
        {problem !== undefined && <strong>{problem.title}. </strong>}
        {error instanceof Error ? error.message : String(error)}
      </p>
      {single.length > 0 && (
        <ul>
          {single.map(({ path, message }) => (
            <li key={path}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
