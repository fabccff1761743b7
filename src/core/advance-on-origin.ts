import { mayObey } from './break-glass.ts';
import { coveredBy } from './covered-by.ts';
import { beginDiversion } from './diversion.ts';
import { neighboursOf } from './estate.ts';
import { holdBack, holdingRule } from './hold-back.ts';
import { closeIncident } from './incidents.ts';
import { isPassedThrough, passedNeighbours } from './passed-through.ts';
import {
  addressesToDivert,
  diversionHindrance,
  estateHindrance,
  notLeading,
  pinnedNeighbourHindrance,
  routerHindrance,
} from './permits.ts';
import type { Rule } from './rule.ts';
import type { Site } from './site.ts';
import type { SiteState } from './state.ts';
import { takeAlong } from './taken-along.ts';
import type { Turn } from './turn.ts';
import { siteVerdict } from './verdict.ts';

/** How many other sites are probed at once when one begins to fail: a second opinion before acting. */
const secondOpinionSites = 20;

function askNeighbours(turn: Turn, name: string): void {
  const others = turn.state.sites.names;
  const isFirst = others.every(
    (other) => other === name || turn.site(other)?.phase.name !== 'suspect',
  );
  if (isFirst && others.length > 1) {
    const at = others.indexOf(name);
    const next = [...others.slice(at + 1), ...others.slice(0, at)];
    turn.give({ type: 'probe-now', sites: next.slice(0, secondOpinionSites) });
  }
}

/** Follows the first failure and its clearing; true when the phase changed. */
function followHealth(turn: Turn, name: string, site: SiteState): boolean {
  if (site.phase.name === 'serving' && site.firstFailAt !== undefined) {
    const text = 'a probe failed; probing faster';
    turn.enter(name, { name: 'suspect', firstFailAt: site.firstFailAt }, 'first-failure', text);
    askNeighbours(turn, name);
    return true;
  }
  if (site.phase.name === 'suspect' && site.firstFailAt === undefined) {
    turn.enter(name, { name: 'serving' }, 'failure-cleared', 'every probe passes again');
    return true;
  }
  return false;
}

/** True until what has just failed may be tried again, whoever wants it. */
function isToWait({ now }: Turn, { retryAt = 0 }: SiteState): boolean {
  return now < retryAt;
}

/** Diverts because a person said so: only what binds a person holds it back. */
export function divertByOrder(turn: Turn, spec: Site, site: SiteState): void {
  if (isToWait(turn, site)) {
    return;
  }
  const hindrance =
    routerHindrance(turn.state, spec) ??
    pinnedNeighbourHindrance(turn.state, spec, spec.addresses) ??
    (mayObey(turn.state, turn.now) ? undefined : notLeading);
  if (hindrance !== undefined) {
    holdBack(turn, spec.name, hindrance);
    return;
  }
  beginDiversion(turn, spec.name, {
    by: 'override',
    cause: site.firstFailAt === undefined ? 'operator' : 'unknown',
    severity: 'warning',
    addresses: spec.addresses,
    reason: 'ordered-by-override',
    text: `ordered by ${site.override?.owner}: ${site.override?.reason}`,
  });
}

function divertForMaintenance(turn: Turn, spec: Site, site: SiteState): void {
  if (isToWait(turn, site)) {
    return;
  }
  const hindrance = estateHindrance(turn.state, turn.now) ?? routerHindrance(turn.state, spec);
  if (hindrance !== undefined) {
    holdBack(turn, spec.name, hindrance);
    return;
  }
  const endsAt = site.maintenance?.endsAt;
  // What a person said of this window stays; what is left of an earlier failure is no promise for it.
  if (endsAt !== undefined && (site.expectedRecoveryAt ?? 0) <= turn.now) {
    turn.patchSite(spec.name, { expectedRecoveryAt: endsAt });
  }
  beginDiversion(turn, spec.name, {
    by: 'maintenance',
    cause: 'maintenance',
    severity: 'info',
    addresses: spec.addresses,
    reason: 'maintenance-began',
    text: `maintenance: ${site.maintenance?.reason}`,
  });
}

function divertByRule(turn: Turn, spec: Site, site: SiteState, rule: Rule): void {
  // `down` lasts until `rise` is reached; a site that passes again meanwhile is not diverted any more.
  const isClearing =
    site.firstFailAt === undefined && siteVerdict(turn.state, spec.name, turn.now) === 'down';
  // A hold-down says more than a pause does, and is longer.
  const isHeldDown = turn.now < (site.holdDownUntil ?? 0);
  if (isClearing || (isToWait(turn, site) && !isHeldDown)) {
    turn.clearSite(spec.name, isClearing ? ['heldBack'] : []);
    return;
  }
  const hindrance = diversionHindrance(turn.state, spec, turn.now);
  if (hindrance !== undefined) {
    holdBack(turn, spec.name, hindrance);
    return;
  }
  const addresses = addressesToDivert(turn.state, spec, turn.now);
  const neighbours = neighboursOf(turn.state.config.sites, spec.name, addresses);
  const taken = neighbours.filter((neighbour) => !isPassedThrough(turn.state, neighbour));
  const passed = passedNeighbours(turn.state, spec.name, addresses);
  const along = taken.length === 0 ? '' : `; takes along ${taken.join(', ')}`;
  const through = passed.length === 0 ? '' : `; passes ${passed.join(', ')} through`;
  beginDiversion(turn, spec.name, {
    by: site.isApproved ? 'approval' : 'rule',
    cause: rule.cause,
    severity: rule.severity,
    addresses,
    rule: rule.name,
    reason: site.isApproved ? 'approved-by-person' : 'decided-by-rule',
    text: `rule ${rule.name} fires (${rule.cause})${along}${through}`,
  });
}

/** A person approved what was to be done about one failure; the next one is asked about again. */
function forgetApproval(turn: Turn, name: string): void {
  if (turn.site(name)?.isApproved === true) {
    turn.patchSite(name, { isApproved: false });
  }
}

/** Moves a site on whose visitors see its own origin: follows its health, and decides. */
export function advanceOnOrigin(turn: Turn, spec: Site, site: SiteState): void {
  const { name } = spec;
  if (site.override?.action === 'hold' || site.question !== undefined) {
    const text = site.question?.text ?? `held by ${site.override?.owner}: ${site.override?.reason}`;
    turn.enter(name, { name: 'held', on: 'origin' }, 'hold-ordered', text);
    return;
  }
  const cover = coveredBy(turn.state, name);
  if (cover !== undefined && !isPassedThrough(turn.state, name)) {
    takeAlong(turn, name, cover);
    return;
  }
  if (site.override?.action === 'divert') {
    divertByOrder(turn, spec, site);
    return;
  }
  if (followHealth(turn, name, site) || site.override?.action === 'restore') {
    return;
  }
  if (site.maintenance?.isDiverting === true) {
    divertForMaintenance(turn, spec, site);
    return;
  }
  const rule = holdingRule(turn, name);
  if (rule !== undefined) {
    divertByRule(turn, spec, site, rule);
    return;
  }
  turn.clearSite(name, ['heldBack']);
  const isAnyFiring = Object.values(site.rules).some(({ isFiring }) => isFiring);
  if (site.phase.name === 'serving' && !isAnyFiring) {
    forgetApproval(turn, name);
    closeIncident(turn, name);
  }
}
