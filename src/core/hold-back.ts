import type { Hindrance } from './permits.ts';
import type { Rule } from './rule.ts';
import type { Turn } from './turn.ts';

/** The divert rule that fires for a site, the most severe first. */
export function firingRule(turn: Turn, name: string): Rule | undefined {
  const states = turn.site(name)?.rules ?? {};
  const firing = turn.state.config.rules.filter(
    (rule) => rule.then === 'divert' && states[rule.name]?.isFiring === true,
  );
  return firing.find(({ severity }) => severity === 'critical') ?? firing[0];
}

/** Notes what automation would do but may not; says it once per reason. */
export function holdBack(turn: Turn, name: string, { reason, detail }: Hindrance): void {
  const before = turn.site(name)?.heldBack;
  if (before?.reason === reason) {
    if (before.detail !== detail) {
      turn.patchSite(name, { heldBack: { ...before, detail } });
    }
    return;
  }
  turn.patchSite(name, { heldBack: { reason, detail, since: turn.now } });
  turn.isBrakeTouched = true;
  turn.audit(reason, `would divert, but: ${detail}`, { site: name });
  if (reason === 'awaiting-approval' || reason === 'observe-only' || reason === 'brake-conflict') {
    turn.alert({
      key: `held:${name}`,
      severity: 'warning',
      reason,
      site: name,
      text: `${name} is down and would be diverted, but: ${detail}`,
      isResolved: false,
    });
  }
}
