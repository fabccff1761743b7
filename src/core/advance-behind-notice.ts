import { day } from '../lib/time.ts';
import { cleanTimeMs } from './clean-time.ts';
import { coveredBy } from './covered-by.ts';
import { beginDiversion, handedOn } from './diversion.ts';
import { forgetHealth } from './forget-health.ts';
import { firingRule, holdBack, holdingRule } from './hold-back.ts';
import { isPassedThrough } from './passed-through.ts';
import { diversionHindrance, estateHindrance, type Hindrance } from './permits.ts';
import type { Diversion, Phase } from './phase.ts';
import { beginRestore } from './restore.ts';
import type { Site } from './site.ts';
import type { SiteState } from './state.ts';
import type { Turn } from './turn.ts';
import { addressVerdict, isUpEverywhere } from './verdict.ts';

type BehindNotice = Extract<Phase, { name: 'diverted' | 'recovering' }>;

/** The notices of others that were taken along stay: their visitors still need them. */
function withdrawOwnNotice(turn: Turn, site: string, { generation }: Diversion): void {
  turn.give({ type: 'withdraw-notice', site, generation });
}

/** A neighbour taken along goes back with the one that took it, or stays by a diversion of its own. */
function advanceTakenAlong(turn: Turn, spec: Site, site: SiteState, diversion: Diversion): void {
  const { name } = spec;
  const cover = coveredBy(turn.state, name);
  if (cover === undefined) {
    if (!diversion.addresses.some((address) => spec.addresses.includes(address))) {
      // It has moved away: the one that took it along will not think of it when it goes back.
      withdrawOwnNotice(turn, name, diversion);
    }
    forgetHealth(turn, name);
    turn.enter(
      name,
      { name: 'serving' },
      'neighbour-restored',
      'the shared address is back at its origin',
    );
    return;
  }
  if (isPassedThrough(turn.state, name)) {
    withdrawOwnNotice(turn, name, diversion);
    forgetHealth(turn, name);
    const text = `its visitors are passed through to its origin while ${cover} is diverted`;
    turn.enter(name, { name: 'serving' }, 'neighbour-restored', text);
    return;
  }
  if (site.override !== undefined && site.override.action !== 'divert') {
    const detail = `${site.override.action} is ordered, but it shares an address with ${cover}, which is diverted`;
    holdBack(turn, name, { reason: 'brake-shared-address', detail });
    return;
  }
  if (turn.now < (site.retryAt ?? 0)) {
    return;
  }
  const rule = holdingRule(turn, name);
  const hindrance = rule === undefined ? undefined : diversionHindrance(turn.state, spec, turn.now);
  if (rule !== undefined && hindrance !== undefined) {
    holdBack(turn, name, hindrance);
    return;
  }
  if (rule !== undefined) {
    beginDiversion(turn, name, {
      by: 'rule',
      cause: rule.cause,
      severity: rule.severity,
      addresses: spec.addresses,
      rule: rule.name,
      reason: 'decided-by-rule',
      text: `rule ${rule.name} fires while the site is taken along`,
    });
    return;
  }
}

function alarmLongNotice(turn: Turn, name: string, site: SiteState, diversion: Diversion): void {
  if (!site.isLongNoticeAlarmed && turn.now - diversion.decidedAt > day) {
    turn.patchSite(name, { isLongNoticeAlarmed: true });
    turn.alert({
      key: `long-notice:${name}`,
      severity: 'warning',
      reason: 'proven',
      site: name,
      text: `${name} has shown a notice for over a day: search engines begin to drop a site that answers 503 for days`,
      isResolved: false,
    });
  }
}

/** What keeps automation from changing where visitors of a diverted site go, although nothing stands still for all sites. */
function changeHindrance(spec: Site, site: SiteState | undefined): Hindrance | undefined {
  if (spec.mode === 'observe') {
    return {
      reason: 'observe-only',
      detail: 'mode observe: would restore, but only says so',
    };
  }
  // Between two reboots a site answers for a while; brought back, its visitors would meet the next one without a notice.
  return site?.maintenance === undefined
    ? undefined
    : { reason: 'brake-maintenance', detail: `maintenance: ${site.maintenance.reason}` };
}

function moreAddressesDown(turn: Turn, spec: Site, diversion: Diversion): readonly string[] {
  return spec.addresses.filter(
    (address) =>
      !diversion.addresses.includes(address) &&
      addressVerdict(turn.state, spec.name, address, turn.now) === 'down',
  );
}

function widen(turn: Turn, spec: Site, diversion: Diversion): boolean {
  if (changeHindrance(spec, turn.site(spec.name)) !== undefined) {
    return false;
  }
  const more = moreAddressesDown(turn, spec, diversion);
  const rule = holdingRule(turn, spec.name);
  if (more.length === 0 || rule === undefined) {
    return false;
  }
  beginDiversion(turn, spec.name, {
    by: diversion.by,
    cause: rule.cause,
    severity: rule.severity,
    addresses: [...diversion.addresses, ...more],
    rule: rule.name,
    ...handedOn(diversion),
    ...(diversion.relapses === undefined ? {} : { relapses: diversion.relapses }),
    reason: 'more-addresses-down',
    text: `also down: ${more.join(', ')}`,
  });
  return true;
}

function trialIsDue(turn: Turn, spec: Site, diversion: Diversion): boolean {
  const { initialMs, maxMs } = turn.state.config.guards.trial;
  const waitMs = Math.min(maxMs, initialMs * 2 ** diversion.trials);
  return (
    spec.origin === undefined &&
    firingRule(turn, spec.name) === undefined &&
    turn.now - (diversion.provenAt ?? diversion.decidedAt) >= waitMs
  );
}

/** True while something other than the site's health keeps the notice up. */
function isKept(site: SiteState): boolean {
  return site.override?.action === 'divert' || site.maintenance?.isDiverting === true;
}

/** Moves a site on whose visitors see its notice: follows the recovery of the origin. */
export function advanceBehindNotice(
  turn: Turn,
  spec: Site,
  site: SiteState,
  phase: BehindNotice,
): void {
  const { name } = spec;
  const { diversion } = phase;
  alarmLongNotice(turn, name, site, diversion);
  if (diversion.by === 'neighbour') {
    advanceTakenAlong(turn, spec, site, diversion);
  } else if (site.override?.action === 'restore') {
    const text = `ordered by ${site.override.owner}: ${site.override.reason}`;
    beginRestore(turn, name, diversion, { reason: 'restore-ordered', text });
  } else if (site.question !== undefined) {
    // The routes that others still have go first: where they are, visitors still come to the notice.
    beginRestore(turn, name, diversion, { reason: 'hold-ordered', text: site.question.text });
  } else if (site.override?.action === 'hold') {
    const text = `held by ${site.override.owner}: ${site.override.reason}`;
    turn.enter(name, { name: 'held', on: 'notice', diversion }, 'hold-ordered', text);
  } else if (estateHindrance(turn.state, turn.now) === undefined) {
    if (phase.name === 'recovering') {
      followRecovering(turn, spec, site, phase);
    } else {
      followDiverted(turn, spec, site, diversion);
    }
  }
}

/** True when everything that is looked at speaks for the origin. */
function isWell(turn: Turn, name: string): boolean {
  return (
    isUpEverywhere(turn.state, name, turn.now) &&
    turn.site(name)?.firstFailAt === undefined &&
    firingRule(turn, name) === undefined
  );
}

function followRecovering(
  turn: Turn,
  spec: Site,
  site: SiteState,
  { diversion, cleanSince }: Extract<Phase, { name: 'recovering' }>,
): void {
  if (isKept(site) || !isWell(turn, spec.name)) {
    const text = isKept(site)
      ? 'a person or a window keeps the notice up'
      : 'the origin is no longer seen up';
    turn.enter(spec.name, { name: 'diverted', diversion }, 'origin-relapsed', text);
  } else if (turn.now - cleanSince >= cleanTimeMs(turn.state.config.guards, diversion)) {
    restoreByHealth(turn, spec, diversion);
  }
}

function followDiverted(turn: Turn, spec: Site, site: SiteState, diversion: Diversion): void {
  if (widen(turn, spec, diversion) || isKept(site)) {
    return;
  }
  if (isWell(turn, spec.name)) {
    const phase = { name: 'recovering', diversion, cleanSince: turn.now } as const;
    turn.enter(spec.name, phase, 'origin-passing', 'the origin passes its probes');
  } else if (changeHindrance(spec, site) === undefined && trialIsDue(turn, spec, diversion)) {
    const text = 'no path to the origin: withdraws for a moment and looks';
    beginRestore(turn, spec.name, diversion, { reason: 'trial-withdrawal', text, isTrial: true });
  }
}

function restoreByHealth(turn: Turn, spec: Site, diversion: Diversion): void {
  const hindrance = changeHindrance(spec, turn.site(spec.name));
  if (hindrance !== undefined) {
    holdBack(turn, spec.name, hindrance);
    return;
  }
  beginRestore(turn, spec.name, diversion, {
    reason: 'clean-long-enough',
    text: `no failure for ${cleanTimeMs(turn.state.config.guards, diversion) / 1000} s`,
  });
}
