import type { Guards } from './guards.ts';
import type { Diversion } from './phase.ts';

/**
 * How long nothing may fail before a diverted site is restored. A site that failed again each time its route was back
 * is well by its path to the origin alone: it waits twice as long after each such restore, up to the longest pause
 * between trial withdrawals, or its visitors would meet the failure every few minutes.
 */
export function cleanTimeMs(
  { restoreAfterMs, trial }: Pick<Guards, 'restoreAfterMs' | 'trial'>,
  { relapses = 0 }: Pick<Diversion, 'relapses'>,
): number {
  return Math.max(restoreAfterMs, Math.min(trial.maxMs, restoreAfterMs * 2 ** relapses));
}
