import type { Verdict } from './facts.ts';
import type { ProbeOutcome } from './probe-result.ts';

export interface Thresholds {
  readonly rise: number;
  readonly fall: number;
}

/** The health of one target (one address and one check of it) as one vantage sees it. */
export interface TargetHealth {
  readonly verdict: Verdict;
  /** Passes in a row. */
  readonly passes: number;
  /** Fails in a row. */
  readonly fails: number;
}

export const unknownHealth: TargetHealth = { verdict: 'unknown', passes: 0, fails: 0 };

/** Folds one probe into the health of a target. An inconclusive probe says nothing about it. */
export function nextHealth(
  health: TargetHealth,
  outcome: ProbeOutcome,
  { rise, fall }: Thresholds,
): TargetHealth {
  if (outcome === 'inconclusive') {
    return health;
  }
  const passes = outcome === 'pass' ? health.passes + 1 : 0;
  const fails = outcome === 'fail' ? health.fails + 1 : 0;
  if (passes >= rise) {
    return { verdict: 'up', passes, fails };
  }
  if (fails >= fall) {
    return { verdict: 'down', passes, fails };
  }
  return { verdict: health.verdict, passes, fails };
}
