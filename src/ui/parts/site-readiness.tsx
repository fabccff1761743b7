import type { JSX } from 'preact';
import type { Why } from '../../api/sites/why-schema.ts';
import { useWords } from './page-context.ts';

/**
 * What visitors would miss if the site were diverted now, and what to mend before that; a short word when they miss
 * nothing. Of a site whose visitors see the notice already, only what they miss is worth a word.
 */
export function SiteReadiness({
  readiness,
  isOnNotice,
}: {
  readonly readiness: Why['readiness'];
  readonly isOnNotice: boolean;
}): JSX.Element | null {
  const words = useWords();
  if (readiness === null || (isOnNotice && readiness.problems.length === 0)) {
    return null;
  }
  const { isReady, problems } = readiness;
  const lacking = isOnNotice ? words.detail.lacksNow : words.detail.notReady;
  const state = isReady ? words.detail.ready : lacking;
  return (
    <div class={problems.length === 0 ? 'faint' : 'notice notice-held'}>
      <p>
        <span aria-hidden="true">{isReady ? '✓' : '▲'}</span> {state}
      </p>
      {problems.length > 0 && (
        <ul>
          {problems.map((problem) => (
            <li key={problem.en}>{words.language === 'ko' ? problem.ko : problem.en}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
