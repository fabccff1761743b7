import type { JSX } from 'preact';
import { relativeTime } from '../state/time.ts';
import { useNow, useTell, useWords, useWorld } from './page-context.ts';

/** Brakes that the lines above theirs tell of already. */
const ownBanner: ReadonlySet<string> = new Set(['freeze', 'isolation', 'not-leader']);

/** What concerns the whole estate and must not be missed. */
export function Banners(): JSX.Element {
  const words = useWords();
  const tell = useTell();
  const { status, brakes, isLive, heardAt } = useWorld();
  const now = useNow(1_000);
  const active = brakes.filter(({ isActive, brake }) => isActive && !ownBanner.has(brake));
  const heard =
    heardAt === 0 ? '' : relativeTime(new Date(heardAt).toISOString(), now, words.language);
  return (
    <div class="banners" aria-live="polite">
      {!isLive && <p class="banner bad-banner">{words.live.stale(heard)}</p>}
      {status?.freeze.isFrozen === true && (
        <p class="banner bad-banner">
          <strong>{words.banner.frozen}</strong> {status.freeze.reason} ({words.banner.by}{' '}
          {status.freeze.owner})
        </p>
      )}
      {status?.isIsolated === true && <p class="banner bad-banner">{words.banner.isolated}</p>}
      {status?.isLeader === false && <p class="banner">{words.banner.standby}</p>}
      {status !== undefined && !status.isReady && status.isLeader && (
        <p class="banner">
          <strong>{words.banner.notReady}:</strong> {status.notReadyTold.map(tell).join(' ')}
        </p>
      )}
      {active.map(({ brake, told }) => (
        <p class="banner" key={brake}>
          <a href="#/brakes">
            <strong>{words.term('brakes', brake)}</strong>
          </a>{' '}
          {words.brake.active}: {tell(told)}
        </p>
      ))}
    </div>
  );
}
