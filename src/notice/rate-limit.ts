import { second } from '../lib/time.ts';

/** However short the burst, this many may come at once: one visitor's browser opens several connections. */
const leastBurst = 10;

function aheadMs(perSecond: number, burstMs: number): number {
  return Math.max(burstMs, Math.min(second, (leastBurst * second) / perSecond));
}

/**
 * A generic cell rate algorithm: when the next one is due if one more passes now, or -1 when it is beyond the rate.
 * The due time before is all that has to be kept; one in the past says that nothing is used up.
 */
export function dueAfter(
  dueMs: number,
  perSecond: number,
  nowMs: number,
  burstMs: number = second,
): number {
  const due = Math.max(dueMs, nowMs) + second / perSecond;
  // The grain of salt keeps rounding from refusing the last of a burst.
  return due - nowMs > aheadMs(perSecond, burstMs) + 1e-6 ? -1 : due;
}

/**
 * Lets `perSecond` pass each second, evenly or in one burst. One number of state, no timer.
 * The burst is a second's worth unless a shorter one is asked for: what is taken at once must also be answered at once.
 */
export class RateLimit {
  readonly #burstMs: number;
  /** When the next one is due if all had come evenly. */
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(burstMs: number = second) {
    this.#burstMs = burstMs;
  }

  /** True, and counted, when one more is within the rate; false changes nothing. */
  take(perSecond: number, nowMs: number): boolean {
    const due = dueAfter(this.#dueMs, perSecond, nowMs, this.#burstMs);
    if (due === -1) {
      return false;
    }
    this.#dueMs = due;
    return true;
  }

  /** Counts one more whatever the rate says, but never runs further than one burst ahead. */
  force(perSecond: number, nowMs: number): void {
    const due = Math.max(this.#dueMs, nowMs) + second / perSecond;
    this.#dueMs = Math.min(due, nowMs + aheadMs(perSecond, this.#burstMs));
  }

  /** How much of a burst is used up: 0 when none, 1 when the next one would be refused. */
  usedShare(perSecond: number, nowMs: number): number {
    return Math.max(0, this.#dueMs - nowMs) / aheadMs(perSecond, this.#burstMs);
  }
}
