import type { EpochMs } from '../lib/time.ts';
import type { Facts } from './facts.ts';
import type { Rule } from './rule.ts';
import type { RuleState } from './state.ts';

function whileTrue(
  rule: Rule,
  { trueSince = undefined, isFiring }: RuleState,
  now: EpochMs,
): RuleState {
  const since = trueSince ?? now;
  return { trueSince: since, lastTrueAt: now, isFiring: isFiring || now - since >= rule.forMs };
}

function whileFalse(rule: Rule, before: RuleState, now: EpochMs): RuleState {
  const { lastTrueAt } = before;
  const isKept = before.isFiring && lastTrueAt !== undefined && now - lastTrueAt < rule.keepForMs;
  return lastTrueAt === undefined || !isKept ? { isFiring: false } : { lastTrueAt, isFiring: true };
}

/**
 * Follows one rule for one site: it fires once its condition has held for `for`, and goes on for `keepFor` after.
 * A rule that cannot be evaluated stays as it was and says why; it is never taken for false.
 */
export function evaluateRule(rule: Rule, before: RuleState, facts: Facts, now: EpochMs): RuleState {
  const answer = rule.when(facts);
  if (typeof answer === 'object') {
    return before.error === answer.error ? before : { ...before, error: answer.error };
  }
  const after = answer ? whileTrue(rule, before, now) : whileFalse(rule, before, now);
  const isSame =
    after.isFiring === before.isFiring &&
    after.trueSince === before.trueSince &&
    after.lastTrueAt === before.lastTrueAt &&
    before.error === undefined;
  return isSame ? before : after;
}
