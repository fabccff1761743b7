import { hostPrefix } from '../lib/ip.ts';
import { type EpochMs, minute } from '../lib/time.ts';
import type { BrakeName } from './brake.ts';
import { wantsRoutes } from './desired-routes.ts';
import { drillHindrance } from './drill.ts';
import { countOwnedSites } from './drill-site.ts';
import { diversionRoutes, neighboursOf } from './estate.ts';
import { onceFor } from './once-for.ts';
import { doubtfulDiversion, isPassedThrough } from './passed-through.ts';
import { diversionOf } from './phase.ts';
import type { Reason } from './reason.ts';
import type { Site } from './site.ts';
import { type SiteState, type State, targetId } from './state.ts';
import { addressVerdict, siteVerdict, targetsOf } from './verdict.ts';

/** Why automation may not do what it would do, in one word and one sentence. */
export interface Hindrance {
  readonly reason: Reason;
  readonly detail: string;
}

/** Only the controller that holds the lease acts by itself. */
export const notLeading: Hindrance = {
  reason: 'brake-not-leader',
  detail: 'this controller does not hold the lease',
};

/** The longest a start may take before the warm-up brake stops announcing itself for sites that give no samples. */
export const warmUpPatienceMs = 5 * minute;

/** A wave may be thousands of sites, each of which asks whether it belongs to it. */
const membersOf = onceFor((sites: readonly string[]): ReadonlySet<string> => new Set(sites));

/** True when a person's release of this brake lets this site through now. */
export function isReleased(state: State, brake: BrakeName, site: string, now: EpochMs): boolean {
  const release = state.brakes[brake].release;
  return release !== undefined && now < release.until && membersOf(release.sites).has(site);
}

/** True when the site's routers have been read and enough probe rounds are in to trust a verdict. */
export function isWarm(state: State, name: string): boolean {
  const site = state.config.sites[name];
  if (site === undefined) {
    return false;
  }
  const { warmUpRounds } = state.config.guards;
  return targetsOf(site).every(({ spec, address }) =>
    Object.values(state.sites.get(name)?.targets[targetId(spec.name, address)] ?? {}).some(
      ({ seen }) => seen >= warmUpRounds,
    ),
  );
}

/** Where the search for a cold site begins: sites do not grow cold again, so those before it need not be asked each time. */
const searches = onceFor((sites: State['config']['sites']) => ({
  names: Object.keys(sites),
  from: 0,
}));

/** True when every site is warm. */
export function areAllWarm(state: State): boolean {
  const search = searches(state.config.sites);
  const isCold = (name: string): boolean => !isWarm(state, name);
  for (let at = search.from; at < search.names.length; at += 1) {
    if (isCold(search.names[at] ?? '')) {
      search.from = at;
      return false;
    }
  }
  // What is remembered only saves time: the answer is found in this state.
  search.from = Math.max(0, search.names.findIndex(isCold));
  return !search.names.some(isCold);
}

/** Routers that have not been read since the start and are still waited for. */
export function unreadRouters(state: State, now: EpochMs): readonly string[] {
  const isPatient = now - state.startedAt < state.config.guards.routerPatienceMs;
  return isPatient
    ? Object.keys(state.config.routers).filter((name) => state.routers[name]?.readAt === undefined)
    : [];
}

/** Hindrances that stop every automatic write, whatever the site. */
export function estateHindrance(state: State, now: EpochMs): Hindrance | undefined {
  if (!state.isLeader) {
    return notLeading;
  }
  if (state.freeze !== undefined) {
    const { owner, reason } = state.freeze;
    return { reason: 'brake-freeze', detail: `frozen by ${owner}: ${reason}` };
  }
  if (state.isolation.isIsolated) {
    return {
      reason: 'brake-isolation',
      detail: 'no reference target answers: our own uplink is in doubt',
    };
  }
  if (!state.isWarmedUp) {
    return { reason: 'brake-warm-up', detail: warmUpDetail(state, now) };
  }
  return undefined;
}

/** Counts of cold sites, for each set of sites once: during the warm-up every site's hindrance asks for it. */
const coldCounts = new WeakMap<State['sites'], number>();

function countCold(state: State): number {
  const known = coldCounts.get(state.sites);
  if (known !== undefined) {
    return known;
  }
  const count = Object.keys(state.config.sites).filter((name) => !isWarm(state, name)).length;
  coldCounts.set(state.sites, count);
  return count;
}

/** What the warm-up still waits for, in one sentence. */
export function warmUpDetail(state: State, now: EpochMs): string {
  const unread = unreadRouters(state, now);
  const cold = countCold(state);
  const parts = [
    ...(unread.length === 0 ? [] : [`routers not read yet: ${unread.join(', ')}`]),
    ...(cold === 0
      ? []
      : [
          `${cold === 1 ? '1 site' : `${cold} sites`} with fewer than ${state.config.guards.warmUpRounds} probe rounds`,
        ]),
  ];
  return parts.join('; ');
}

/** Hindrances on the way to the site's routers: they bind a person's order as well as a rule. */
export function routerHindrance(state: State, site: Site): Hindrance | undefined {
  for (const name of site.routers) {
    const router = state.routers[name];
    if (router?.readAt === undefined || !router.isReadable) {
      return { reason: 'brake-router-unready', detail: `${name} cannot be read` };
    }
    const foreign = router.foreign.find(({ prefix }) =>
      site.addresses.some((address) => hostPrefix(address) === prefix),
    );
    if (foreign !== undefined) {
      const detail = `${name} has a route for ${foreign.prefix} via ${foreign.nextHop} that is not ours`;
      return { reason: 'brake-conflict', detail };
    }
  }
  const isReachable = site.routers.some((name) => {
    const router = state.config.routers[name];
    return router !== undefined && diversionRoutes(router, site.addresses).length > 0;
  });
  return isReachable
    ? undefined
    : { reason: 'brake-router-unready', detail: 'no router may carry a route for its addresses' };
}

/** The addresses an automatic diversion would move: those that are down, or all when the rule speaks of something else. */
export function addressesToDivert(state: State, site: Site, now: EpochMs): readonly string[] {
  const down = site.addresses.filter(
    (address) => addressVerdict(state, site.name, address, now) === 'down',
  );
  return down.length === 0 ? site.addresses : down;
}

/** A person's order to leave a neighbour where it is binds everyone who shares its address, persons included. */
export function pinnedNeighbourHindrance(
  state: State,
  site: Site,
  addresses: readonly string[],
): Hindrance | undefined {
  const pinned = neighboursOf(state.config.sites, site.name, addresses).find((name) => {
    const action = state.sites.get(name)?.override?.action;
    const phase = state.sites.get(name)?.phase;
    const isHeldOnOrigin = phase?.name === 'held' && phase.on === 'origin';
    return (
      action === 'restore' || (action === 'hold' && phase?.name !== 'diverted') || isHeldOnOrigin
    );
  });
  return pinned === undefined
    ? undefined
    : {
        reason: 'brake-shared-address',
        detail: `a person keeps ${pinned} at its origin, and it shares the address`,
      };
}

/** A site that is passed through is not judged while nobody knows whether it is the way that fails. */
function doubtHindrance(
  state: State,
  site: Site,
  addresses: readonly string[],
): Hindrance | undefined {
  const doubtful = doubtfulDiversion(state, site.name, addresses);
  return doubtful === undefined
    ? undefined
    : {
        reason: 'brake-shared-address',
        detail: `the way by which its visitors are passed through is in doubt, as ${doubtful} is being diverted`,
      };
}

/** Names enough to recognise, few enough to read: hundreds of sites may share an address. */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length <= 5 ? shown : `${shown} and ${names.length - 5} more`;
}

function sharedAddressHindrance(state: State, site: Site, now: EpochMs): Hindrance | undefined {
  const addresses = addressesToDivert(state, site, now);
  // Who is passed through loses nothing, so it has no say.
  const neighbours = neighboursOf(state.config.sites, site.name, addresses).filter(
    (name) => !isPassedThrough(state, name),
  );
  const policy = site.sharedAddress;
  const pinned =
    pinnedNeighbourHindrance(state, site, addresses) ?? doubtHindrance(state, site, addresses);
  if (pinned !== undefined) {
    return pinned;
  }
  if (neighbours.length === 0 || policy === 'any') {
    return undefined;
  }
  const healthy = neighbours.filter((name) => siteVerdict(state, name, now) !== 'down');
  const share = (neighbours.length + 1 - healthy.length) / (neighbours.length + 1);
  if (share >= (policy === 'all' ? 1 : policy.share)) {
    return undefined;
  }
  return {
    reason: 'brake-shared-address',
    detail: `would take along ${someOf(healthy)}, not down (policy ${policy === 'all' ? 'all' : `share ${policy.share}`})`,
  };
}

/** Sites whose automatic diversion is under way or standing. */
export function activeAutomatic(state: State): readonly string[] {
  return state.sites.names.filter((name) => {
    const phase = state.sites.get(name)?.phase;
    const by = phase === undefined ? undefined : diversionOf(phase)?.by;
    const isUnderWay =
      phase !== undefined &&
      (wantsRoutes(phase) || phase.name === 'diverting' || phase.name === 'restoring');
    return isUnderWay && (by === 'rule' || by === 'approval');
  });
}

/** The most automatic diversions at once, for this many sites. */
export function activeLimit(state: State): number {
  const { count, share } = state.config.guards.maxActive;
  return Math.max(count, Math.floor(share * countOwnedSites(state.config.sites)));
}

/**
 * The most sites whose routes may stand on one router: automation's own, and besides them those for which a person
 * answers, by an order, a planned window or a brake let go. They stand as long as they are needed, also when the order
 * or the release has ended; without them a router that lost its routes would not get them back.
 */
export function standingLimit(state: State): number {
  const answeredFor = state.sites.values().filter(({ phase }) => {
    const diversion = diversionOf(phase);
    return (
      diversion !== undefined &&
      (diversion.by === 'override' ||
        diversion.by === 'maintenance' ||
        diversion.isMass === true ||
        diversion.isLetThrough === true)
    );
  });
  return activeLimit(state) + answeredFor.length;
}

function countHindrance(state: State, name: string, now: EpochMs): Hindrance | undefined {
  if (isReleased(state, 'mass-failure', name, now)) {
    return undefined;
  }
  const active = activeAutomatic(state).length;
  if (active >= activeLimit(state) && !isReleased(state, 'max-active', name, now)) {
    return {
      reason: 'brake-max-active',
      detail: `${active} diversions active, at most ${activeLimit(state)}`,
    };
  }
  const { count, perMs } = state.config.guards.rate;
  const recent = state.begunAt.filter((at) => now - at < perMs).length;
  if (recent >= count && !isReleased(state, 'rate', name, now)) {
    return {
      reason: 'brake-rate',
      detail: `${recent} begun within ${perMs / 1000} s, at most ${count}`,
    };
  }
  return undefined;
}

function ownHindrance(
  state: State,
  site: Site,
  own: SiteState,
  now: EpochMs,
): Hindrance | undefined {
  if (!isWarm(state, site.name)) {
    return {
      reason: 'brake-warm-up',
      detail: `fewer than ${state.config.guards.warmUpRounds} probe rounds since the start`,
    };
  }
  if (own.maintenance !== undefined) {
    return { reason: 'brake-maintenance', detail: `maintenance: ${own.maintenance.reason}` };
  }
  if (own.holdDownUntil !== undefined && now < own.holdDownUntil) {
    const seconds = Math.ceil((own.holdDownUntil - now) / 1000);
    return {
      reason: 'brake-hold-down',
      detail: `restored or taken back lately; hold-down ends in ${seconds} s`,
    };
  }
  return undefined;
}

function referenceHindrance(state: State, own: SiteState): Hindrance | undefined {
  const { lastReferencePassAt } = state.isolation;
  const hasPassedSince =
    lastReferencePassAt !== undefined && lastReferencePassAt >= (own.firstFailAt ?? 0);
  return !state.config.guards.hasReferences || hasPassedSince
    ? undefined
    : {
        reason: 'awaiting-reference',
        detail: 'no reference target has answered since the failure began',
      };
}

/** A person who let a wave through has seen its number, and need not approve each of its sites as well. */
function isConsented(state: State, site: Site, own: SiteState, now: EpochMs): boolean {
  return own.isApproved || isReleased(state, 'mass-failure', site.name, now);
}

function modeHindrance(
  state: State,
  site: Site,
  own: SiteState,
  now: EpochMs,
): Hindrance | undefined {
  if (site.mode === 'observe') {
    return { reason: 'observe-only', detail: 'mode observe: would divert, but only says so' };
  }
  return site.mode === 'confirm' && !isConsented(state, site, own, now)
    ? { reason: 'awaiting-approval', detail: 'mode confirm: waits for a person to approve' }
    : undefined;
}

/**
 * What holds back the automatic diversion of a site whose rule fires; undefined lets it begin.
 * The order is the order of precedence: what concerns everything first, a person's consent last.
 */
export function diversionHindrance(state: State, site: Site, now: EpochMs): Hindrance | undefined {
  const own = state.sites.get(site.name);
  if (own === undefined) {
    return { reason: 'brake-warm-up', detail: 'not yet known' };
  }
  const mass = state.brakes['mass-failure'];
  const isHeldByMass = mass.isActive && !isReleased(state, 'mass-failure', site.name, now);
  return (
    estateHindrance(state, now) ??
    ownHindrance(state, site, own, now) ??
    referenceHindrance(state, own) ??
    (site.mode === 'observe' ? modeHindrance(state, site, own, now) : undefined) ??
    (isHeldByMass ? { reason: 'brake-mass-failure', detail: mass.detail } : undefined) ??
    routerHindrance(state, site) ??
    drillHindrance(state, site, now) ??
    sharedAddressHindrance(state, site, now) ??
    modeHindrance(state, site, own, now) ??
    countHindrance(state, site.name, now)
  );
}
