import { second } from '../../lib/time.ts';
import { defaultNoticeLimits } from '../../ports/notice-limits.ts';
import type { Measured } from './read-summary.ts';

/** A fifth of what was measured is left for what a test does not have: probes, a snapshot, a machine that is slower today. */
const usedShare = 0.8;
/** Even on an idle host one site gets half: when a second one fails in the same minute there is room at once. */
const siteShare = 0.5;
/** A browser keeps its connection this long after the last answer. */
const keptSeconds = 5;
/** One GiB holds 20,000 plain connections with room to spare (8 KiB each, twice over). */
const sessionsPerGib = 20_000;

/** Limits that a measured host can stand, and why. */
export interface Proposal {
  readonly limits: {
    readonly sessions: number;
    readonly newPerSecond: number;
    readonly siteSessions: number;
    readonly siteNewPerSecond: number;
  };
  /** One sentence for each limit, and what to know of the measurement. */
  readonly reasons: readonly string[];
}

/** Rounded down to two digits: more would claim more than was measured. */
function rounded(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return Math.max(1, Math.floor(value / step) * step);
}

function aboutRun({ answeredPerSecond, offeredPerSecond, p95Ms }: Measured): readonly string[] {
  const answered = answeredPerSecond / offeredPerSecond;
  const tenths = (value: number): string => value.toFixed(1);
  return [
    `measured: ${tenths(answeredPerSecond)} visitors per second answered of ${tenths(offeredPerSecond)} offered (${tenths(answered * 100)} %), p95 ${tenths(p95Ms)} ms`,
    ...(answered >= 0.99
      ? [
          'all that came was answered: the host may take more; raise RATE until some is not, for the true figure',
        ]
      : []),
    ...(p95Ms > second
      ? ['p95 is over a second: visitors waited; measure again with a lower RATE']
      : []),
  ];
}

/** Turns a measurement into limits. `memoryGib` is what the notice process may use. */
export function proposeLimits(measured: Measured, memoryGib: number): Proposal {
  const newPerSecond = rounded(measured.answeredPerSecond * usedShare);
  const heldSeconds = keptSeconds + measured.p95Ms / second;
  const byRate = rounded(newPerSecond * heldSeconds);
  const byMemory = Math.floor(sessionsPerGib * memoryGib);
  const sessions = Math.max(Math.min(byRate, byMemory), newPerSecond);
  const { sourceSessions, sourceNewPerSecond } = defaultNoticeLimits;
  return {
    limits: {
      sessions,
      newPerSecond,
      siteSessions: rounded(sessions * siteShare),
      siteNewPerSecond: rounded(newPerSecond * siteShare),
    },
    reasons: [
      ...aboutRun(measured),
      `newPerSecond: ${usedShare * 100} % of what was answered; the rest is for probes, snapshots and slower days`,
      byRate <= byMemory
        ? `sessions: newPerSecond for the ${heldSeconds.toFixed(1)} s that a browser keeps its connection`
        : `sessions: what ${memoryGib} GiB hold at ${sessionsPerGib} a GiB; browsers alone would keep ${byRate}`,
      `siteSessions, siteNewPerSecond: half of the whole, so that a second site finds room at once; fair shares do the rest`,
      `sourceSessions, sourceNewPerSecond: not a matter of capacity; the defaults (${sourceSessions} and ${sourceNewPerSecond}) stand`,
      `open files: the service needs LimitNOFILE=${sessions + 1_000} or more`,
    ],
  };
}
