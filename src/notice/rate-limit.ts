import { second } from '../lib/time.ts';

/**
 * A generic cell rate algorithm: lets `perSecond` pass each second, evenly or in one burst of a second's worth.
 * One number of state, no timer.
 */
export class RateLimit {
  /** When the next one is due if all had come evenly. */
  #dueMs = Number.NEGATIVE_INFINITY;

  /** True, and counted, when one more is within the rate; false changes nothing. */
  take(perSecond: number, nowMs: number): boolean {
    const due = Math.max(this.#dueMs, nowMs) + second / perSecond;
    // The grain of salt keeps rounding from refusing the last of a second's worth.
    if (due - nowMs > second + 1e-6) {
      return false;
    }
    this.#dueMs = due;
    return true;
  }

  /** Counts one more whatever the rate says, but never runs further than one burst ahead. */
  force(perSecond: number, nowMs: number): void {
    const due = Math.max(this.#dueMs, nowMs) + second / perSecond;
    this.#dueMs = Math.min(due, nowMs + second);
  }

  /** How much of a burst is used up: 0 when none, 1 when the next one would be refused. */
  usedShare(nowMs: number): number {
    return Math.max(0, this.#dueMs - nowMs) / second;
  }
}
