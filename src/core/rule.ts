import type { Facts } from './facts.ts';

export const ruleActions = ['divert', 'notify', 'limit', 'block-sources'] as const;
export type RuleAction = (typeof ruleActions)[number];

/**
 * Kinds of failure: pick the words of the notice and the runbook.
 * A rule file may use others of the same form (lower case, dashes); these are the ones with their own words.
 */
export const causes = [
  'server-failure',
  'server-error',
  'overload',
  'workers-exhausted',
  'source-flood',
  'self-include',
  'memory-exhausted',
  'network-failure',
  'tls-failure',
  'defacement',
  'maintenance',
  'shared-address',
  'operator',
  'unknown',
] as const;
export type Cause = (typeof causes)[number];

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Whether a rule holds now; a rule that cannot be evaluated says why, and is never taken for false. */
export type RuleAnswer = boolean | { readonly error: string };

/** A reviewed rule, compiled outside the core into a function of facts. */
export interface Rule {
  readonly name: string;
  readonly when: (facts: Facts) => RuleAnswer;
  /** Source of the condition, for `why`. */
  readonly condition: string;
  /** Names of the probes the condition asks about; the rule applies to a site only if it has them all. */
  readonly probes: readonly string[];
  /** The condition must hold this long before the rule fires. */
  readonly forMs: number;
  /** The rule goes on firing this long after the condition ends. */
  readonly keepForMs: number;
  readonly then: RuleAction;
  readonly cause: string;
  readonly severity: Severity;
  /** The longest window the condition looks back over; 0 for none. */
  readonly lookBackMs: number;
}
