import type { BlockingLimits } from '../ports/notice-limits.ts';

/** How a source has behaved within the current window, from its first refusal on. */
export interface Conduct {
  readonly sinceMs: number;
  /** Turned away for its number alone. A crowd behind one address is, too. */
  readonly refusals: number;
  /** What no browser does: heads that never end, answers never taken, requests that break the protocol. */
  readonly offences: number;
  /** Requests that were answered. */
  readonly answers: number;
}

/** A crowd asks in at least this many shapes; one program asks in one or two. */
const crowdShapes = 6;

function bitsIn(word: number): number {
  let rest = word;
  let count = 0;
  while (rest !== 0) {
    rest &= rest - 1;
    count += 1;
  }
  return count;
}

/** True when the shapes seen are those of many people. */
export function isCrowd(shapes: number): boolean {
  return bitsIn(shapes) >= crowdShapes;
}

/** The conduct to count on at this time: a new one when the window is over. */
export function conductAt(
  before: Conduct | undefined,
  { withinMs }: BlockingLimits,
  nowMs: number,
): Conduct {
  if (before !== undefined && nowMs - before.sinceMs < withinMs) {
    return before;
  }
  return { sinceMs: nowMs, refusals: 0, offences: 0, answers: 0 };
}

/**
 * True when a source goes on abusing. A source that stands for many people is never judged by its number:
 * it must misbehave that often, and more often than it behaves.
 */
export function isAbusive(
  { refusals, offences, answers }: Conduct,
  isLarge: boolean,
  limits: BlockingLimits,
): boolean {
  if (limits.refusals === 0) {
    return false;
  }
  return isLarge
    ? offences >= limits.refusals && offences > answers
    : refusals + offences >= limits.refusals;
}
