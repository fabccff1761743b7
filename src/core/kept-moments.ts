import type { EpochMs } from '../lib/time.ts';
import type { DurableSite, DurableState } from './durable.ts';
import type { Override } from './override.ts';
import { type Diversion, diversionOf, type Phase } from './phase.ts';

/** Makes a moment that has been no later than now. */
type Been = (at: EpochMs) => EpochMs;

function diversionBy(been: Been, diversion: Diversion): Diversion {
  const { installedAt, provenAt } = diversion;
  return {
    ...diversion,
    failureSeenAt: been(diversion.failureSeenAt),
    decidedAt: been(diversion.decidedAt),
    ...(installedAt === undefined ? {} : { installedAt: been(installedAt) }),
    ...(provenAt === undefined ? {} : { provenAt: been(provenAt) }),
  };
}

function phaseBy(been: Been, phase: Phase): Phase {
  const diversion = diversionOf(phase);
  const kept =
    diversion === undefined ? phase : { ...phase, diversion: diversionBy(been, diversion) };
  switch (kept.name) {
    case 'suspect':
      return { ...kept, firstFailAt: been(kept.firstFailAt) };
    case 'recovering':
      return { ...kept, cleanSince: been(kept.cleanSince) };
    default:
      return kept;
  }
}

/** An order lasts as long as it was given for. */
function overrideBy(been: Been, override: Override): Override {
  const { setAt, expiresAt } = override;
  return { ...override, setAt: been(setAt), expiresAt: been(setAt) + (expiresAt - setAt) };
}

function siteBy(been: Been, now: EpochMs, site: DurableSite): DurableSite {
  const { holdDownUntil, lastRestoredAt, override } = site;
  return {
    ...site,
    phase: phaseBy(been, site.phase),
    since: been(site.since),
    ...(override === undefined ? {} : { override: overrideBy(been, override) }),
    ...(lastRestoredAt === undefined ? {} : { lastRestoredAt: been(lastRestoredAt) }),
    // A hold-down ends by itself, and never later than one that begins now.
    ...(holdDownUntil === undefined
      ? {}
      : { holdDownUntil: Math.min(holdDownUntil, now + site.holdDownMs) }),
  };
}

/**
 * What was kept, with no moment of the past later than now. A wall clock that was set back while the controller was
 * down, or a leader before it whose clock was ahead, would otherwise keep a recovered site behind its notice, and every
 * brake that counts a time engaged, until the old time has come again.
 */
export function withKeptMoments(durable: DurableState, now: EpochMs): DurableState {
  const been: Been = (at) => Math.min(at, now);
  const sites = Object.entries(durable.sites).map(([name, site]) => [
    name,
    siteBy(been, now, site),
  ]);
  return {
    ...durable,
    sites: Object.fromEntries(sites),
    begunAt: durable.begunAt.map(been),
  };
}
