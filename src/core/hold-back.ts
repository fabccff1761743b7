import type { Hindrance } from './permits.ts';
import { diversionOf } from './phase.ts';
import type { Rule } from './rule.ts';
import type { Turn } from './turn.ts';
import { joinWave } from './wave.ts';

/** The divert rule that fires for a site, the most severe first. A rule that is only kept firing still keeps a notice up. */
export function firingRule(turn: Turn, name: string): Rule | undefined {
  const states = turn.site(name)?.rules ?? {};
  return mostSevere(turn, (rule) => states[rule.name]?.isFiring === true);
}

/** The divert rule that fires and whose condition holds at this moment: only such a one begins a diversion. */
export function holdingRule(turn: Turn, name: string): Rule | undefined {
  const states = turn.site(name)?.rules ?? {};
  return mostSevere(turn, (rule) => {
    const state = states[rule.name];
    return state?.isFiring === true && state.trueSince !== undefined && state.error === undefined;
  });
}

function mostSevere(turn: Turn, isMeant: (rule: Rule) => boolean): Rule | undefined {
  const meant = turn.state.config.rules.filter((rule) => rule.then === 'divert' && isMeant(rule));
  return meant.find(({ severity }) => severity === 'critical') ?? meant[0];
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
  if (reason === 'brake-mass-failure') {
    joinWave(turn, name);
  }
  turn.isBrakeTouched = true;
  turn.audit(reason, `held back: ${detail}`, { site: name });
  const phase = turn.site(name)?.phase;
  const isBehindNotice = phase !== undefined && diversionOf(phase) !== undefined;
  if (reason === 'awaiting-approval' || reason === 'observe-only' || reason === 'brake-conflict') {
    turn.alert({
      key: `held:${name}`,
      severity: 'warning',
      reason,
      site: name,
      text: `${name} ${isBehindNotice ? 'answers and would be restored' : 'is down and would be diverted'}, but: ${detail}`,
      isResolved: false,
    });
  }
}
