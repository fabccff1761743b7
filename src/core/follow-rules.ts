import { blockNamedSource, namedSource } from './block-sources.ts';
import type { Facts } from './facts.ts';
import { openIncident } from './incidents.ts';
import type { Rule } from './rule.ts';
import { evaluateRule } from './rule-state.ts';
import { siteFacts } from './site-facts.ts';
import type { RuleState, SiteState } from './state.ts';
import type { Turn } from './turn.ts';

const unfired: RuleState = { isFiring: false };

/** True when a rule speaks about this site: the site has every probe the rule asks about. */
export function appliesTo(
  rule: Rule,
  site: { readonly probes: readonly { readonly name: string }[] },
): boolean {
  return rule.probes.every((probe) => site.probes.some(({ name }) => name === probe));
}

/** That a rule began or ended, and what to add to the words about it. */
interface Fired {
  readonly isFiring: boolean;
  readonly detail: string;
}

function sayError(turn: Turn, name: string, rule: Rule, error: string): void {
  turn.audit('rule-not-evaluable', `rule ${rule.name} cannot be evaluated: ${error}`, {
    site: name,
  });
  turn.alert({
    key: `rule:${rule.name}:${name}`,
    severity: 'warning',
    reason: 'rule-not-evaluable',
    site: name,
    text: `Rule ${rule.name} cannot be evaluated for ${name}: ${error}`,
    isResolved: false,
  });
}

/** Does what follows from a rule that began or ended for a site, and tells of it. */
function tellFiring(turn: Turn, name: string, rule: Rule, { isFiring, detail }: Fired): void {
  if (rule.then === 'limit') {
    turn.give({ type: 'limit-site', site: name, isLimited: isFiring });
  }
  if (isFiring) {
    const openedAt = turn.site(name)?.firstFailAt ?? turn.now;
    openIncident(turn, name, { cause: rule.cause, severity: rule.severity, openedAt });
    turn.audit('rule-fired', `rule ${rule.name} fires: ${rule.cause}`, { site: name });
  }
  // A divert rule speaks through what follows from it.
  if (rule.then !== 'divert') {
    turn.alert({
      key: `rule:${rule.name}:${name}`,
      severity: rule.severity,
      reason: 'rule-fired',
      site: name,
      text: isFiring
        ? `Rule ${rule.name} fires for ${name}: ${rule.cause}${detail}`
        : `Rule ${rule.name} no longer fires for ${name}`,
      isResolved: !isFiring,
    });
  }
}

function followRule(turn: Turn, name: string, rule: Rule, facts: Facts): void {
  const before = turn.site(name)?.rules[rule.name] ?? unfired;
  const after = evaluateRule(rule, before, facts, turn.now);
  if (after === before) {
    return;
  }
  turn.patchSite(name, { rules: { ...turn.site(name)?.rules, [rule.name]: after } });
  // Optional facts are often absent (no host probe, no certificate): say it once, not at every sample.
  if (after.error !== undefined && before.error !== after.error) {
    sayError(turn, name, rule, after.error);
  }
  if (after.isFiring !== before.isFiring) {
    const detail = rule.then === 'block-sources' ? namedSource(facts) : '';
    tellFiring(turn, name, rule, { isFiring: after.isFiring, detail });
  }
  if (rule.then === 'block-sources' && after.isFiring && after.trueSince !== undefined) {
    blockNamedSource(turn, name, rule, facts);
  }
}

/**
 * Ends what was known of rules that no longer speak about a site: they are gone or do something else now, or the site
 * has lost a probe that they ask about.
 */
export function endGoneRules(turn: Turn, name: string, before: readonly Rule[]): void {
  const spec = turn.state.config.sites[name];
  const known = turn.site(name)?.rules ?? {};
  const did = new Map(before.map((rule) => [rule.name, rule.then]));
  const staying = new Set(
    turn.state.config.rules
      .filter((rule) => spec !== undefined && appliesTo(rule, spec))
      .filter((rule) => did.get(rule.name) === rule.then)
      .map((rule) => rule.name),
  );
  const gone = Object.keys(known).filter((rule) => !staying.has(rule));
  if (gone.length === 0) {
    return;
  }
  const kept = Object.entries(known).filter(([rule]) => staying.has(rule));
  turn.patchSite(name, { rules: Object.fromEntries(kept) });
  for (const rule of before) {
    if (gone.includes(rule.name) && known[rule.name]?.isFiring === true) {
      tellFiring(turn, name, rule, { isFiring: false, detail: '' });
    }
  }
}

/** Evaluates the rules that apply to a site and acts on those that begin or end. */
export function followRules(turn: Turn, name: string): void {
  const spec = turn.state.config.sites[name];
  const facts = siteFacts(turn.state, name, turn.now);
  if (spec === undefined || facts === undefined) {
    return;
  }
  for (const rule of turn.state.config.rules) {
    if (appliesTo(rule, spec)) {
      followRule(turn, name, rule, facts);
    }
  }
}

/** True when time alone can change something about a site, so that a tick must look at it. */
export function isRestless(site: SiteState): boolean {
  return (
    site.phase.name !== 'serving' ||
    site.override !== undefined ||
    site.maintenance !== undefined ||
    site.question !== undefined ||
    site.incident !== undefined ||
    Object.values(site.rules).some(({ trueSince, isFiring }) => isFiring || trueSince !== undefined)
  );
}
