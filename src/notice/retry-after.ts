import { type EpochMs, second } from '../lib/time.ts';

/** Sent when nobody knows when the site will be back, or when the time that was expected has passed. */
export const unknownRetrySeconds = 120;
/** Sooner than this a crowd that obeys would be a load of its own. */
export const minRetrySeconds = 30;
/** Later than this a client might miss the site by an hour. */
export const maxRetrySeconds = 3_600;
/** Answers are spread this far around the remaining time, so that a crowd does not come back at once. */
const jitterShare = 0.2;

const clamped = (seconds: number): number =>
  Math.min(maxRetrySeconds, Math.max(minRetrySeconds, seconds));

/** Whole seconds for Retry-After: the remaining time, 30 to 3,600 s, +-20 % by `chance` in [0, 1). */
export function retryAfterSeconds(
  expectedRecoveryAt: EpochMs | undefined,
  now: EpochMs,
  chance: number,
): number {
  const isPromise = expectedRecoveryAt !== undefined && expectedRecoveryAt > now;
  const remaining = isPromise ? (expectedRecoveryAt - now) / second : unknownRetrySeconds;
  const jitter = 1 + jitterShare * (2 * chance - 1);
  return Math.round(clamped(clamped(remaining) * jitter));
}
