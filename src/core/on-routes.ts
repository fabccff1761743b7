import { hostPrefix } from '../lib/ip.ts';
import { minute } from '../lib/time.ts';
import { desiredRoutes, routesOfSite } from './desired-routes.ts';
import { sitesBehind } from './estate.ts';
import { diversionOf } from './phase.ts';
import type { RouterReading } from './route-plan.ts';
import type { RouterState } from './state.ts';
import type { Turn } from './turn.ts';

/** A second disappearance within this time is no accident: somebody removes our route by hand. */
const vanishWindowMs = 10 * minute;

/** A prefix stays in the ledger this long after it was last touched: a late command may still bring it back. */
const ledgerMemoryMs = 10 * minute;

/** Names of the sites that use a router. */
export function sitesOn(turn: Turn, router: string): readonly string[] {
  return sitesBehind(turn.state.config.sites, router);
}

/** The site that a host route on this router would divert, by its prefix. */
function ownersOf(turn: Turn, router: string): ReadonlyMap<string, string> {
  return new Map(
    sitesOn(turn, router).flatMap((site) =>
      (turn.state.config.sites[site]?.addresses ?? []).map((address) => [
        hostPrefix(address),
        site,
      ]),
    ),
  );
}

function reportForeign(
  turn: Turn,
  name: string,
  before: RouterState,
  reading: RouterReading,
): void {
  const owners = ownersOf(turn, name);
  for (const route of reading.foreign) {
    const site = owners.get(route.prefix);
    const isNew = !before.foreign.some(({ prefix }) => prefix === route.prefix);
    if (site !== undefined && isNew) {
      const text = `${name} has a route for ${route.prefix} via ${route.nextHop} that is not ours; it is left alone`;
      turn.audit('foreign-route', text, { router: name, site });
      turn.alert({
        key: `foreign:${name}:${route.prefix}`,
        severity: 'warning',
        reason: 'foreign-route',
        router: name,
        site,
        text,
        isResolved: false,
      });
    }
  }
}

function reportUnledgered(
  turn: Turn,
  name: string,
  before: RouterState,
  reading: RouterReading,
): void {
  const known = new Set([...before.ledger, ...before.owned.map(({ prefix }) => prefix)]);
  const fresh = reading.owned.filter(({ prefix }) => !known.has(prefix));
  const owners = fresh.length === 0 ? undefined : ownersOf(turn, name);
  for (const { prefix } of fresh) {
    const site = owners?.get(prefix);
    const remedy =
      site === undefined
        ? ''
        : `. It may lead visitors of ${site} to the notice server: "detour divert ${site}" takes the route over, "detour restore ${site}" then takes it back`;
    const text = `${name} has a route for ${prefix} with our mark that is not in our ledger; it is left alone${remedy}`;
    turn.audit('unledgered-route', text, { router: name });
    turn.alert({
      key: `unledgered:${name}:${prefix}`,
      severity: site === undefined ? 'warning' : 'critical',
      reason: 'unledgered-route',
      router: name,
      text,
      isResolved: false,
    });
  }
}

function askAboutVanished(turn: Turn, site: string, router: string, prefix: string): void {
  const text = `our route for ${prefix} was taken off ${router} twice; is it meant to stay off?`;
  turn.patchSite(site, {
    question: { reason: 'route-vanished-again', text, since: turn.now },
  });
  turn.audit('route-vanished-again', text, { site, router });
  turn.alert({
    key: `vanished:${site}`,
    severity: 'critical',
    reason: 'route-vanished-again',
    site,
    router,
    text: `${site} is held: ${text} Answer with release, divert or restore.`,
    isResolved: false,
  });
}

function onVanished(turn: Turn, site: string, router: string, prefix: string): void {
  const earlier = (turn.site(site)?.vanishedAt ?? []).filter(
    (at) => turn.now - at < vanishWindowMs,
  );
  turn.patchSite(site, { vanishedAt: [...earlier, turn.now] });
  if (earlier.length > 0) {
    askAboutVanished(turn, site, router, prefix);
    return;
  }
  const text = `our route for ${prefix} vanished from ${router} without our doing; it is put back`;
  turn.audit('drift-repaired', text, { site, router });
  turn.alert({
    key: `drift:${router}:${prefix}`,
    severity: 'warning',
    reason: 'drift-repaired',
    site,
    router,
    text,
    isResolved: false,
  });
}

/** Finds proven routes that were there at the last reading and are gone now. */
function reportVanished(
  turn: Turn,
  name: string,
  before: RouterState,
  reading: RouterReading,
): void {
  const spec = turn.state.config.routers[name];
  if (spec === undefined) {
    return;
  }
  const gone = new Set(
    before.owned
      .filter(({ prefix }) => !reading.owned.some((route) => route.prefix === prefix))
      // What the router took back by itself, nobody removed by hand.
      .filter(({ prefix }) => reading.lapsed?.includes(prefix) !== true)
      .map(({ prefix }) => prefix),
  );
  for (const site of gone.size === 0 ? [] : sitesOn(turn, name)) {
    const phase = turn.site(site)?.phase;
    const isProven = phase !== undefined && diversionOf(phase)?.provenAt !== undefined;
    const lost = isProven
      ? routesOfSite(turn.state, site, spec).find(({ prefix }) => gone.has(prefix))
      : undefined;
    if (lost !== undefined) {
      onVanished(turn, site, name, lost.prefix);
    }
  }
}

function nextLedger(
  turn: Turn,
  name: string,
  before: RouterState,
  reading: RouterReading,
): readonly string[] {
  const desired = new Set(desiredRoutes(turn.state, name).map(({ prefix }) => prefix));
  const owned = new Set(reading.owned.map(({ prefix }) => prefix));
  const kept = before.ledger.filter(
    (prefix) =>
      desired.has(prefix) ||
      owned.has(prefix) ||
      turn.now - (before.changedAt[prefix] ?? turn.state.startedAt) < ledgerMemoryMs,
  );
  return kept.length === before.ledger.length ? before.ledger : kept;
}

/** Takes in what a router shows. */
export function onReading(
  turn: Turn,
  name: string,
  reading: RouterReading,
  occasion: 'routine' | 'after-sync',
): void {
  const before = turn.state.routers[name];
  if (before === undefined) {
    return;
  }
  reportForeign(turn, name, before, reading);
  reportUnledgered(turn, name, before, reading);
  // What a sync removed has not vanished; a sync under way explains any difference.
  if (occasion === 'routine' && before.syncing === undefined) {
    reportVanished(turn, name, before, reading);
  }
  if (!before.isReadable && before.error !== undefined) {
    // It may have been started anew, or mended.
    turn.endWait(name);
    turn.audit('router-readable', `${name} can be read again`, { router: name });
    turn.alert({
      key: `router:${name}`,
      severity: 'info',
      reason: 'router-readable',
      router: name,
      text: `${name} can be read again`,
      isResolved: true,
    });
  }
  const { error: _, lapsed: known, ...rest } = turn.state.routers[name] ?? before;
  // Only a routine reading is decided about; then the router may be told that we know.
  const lapsed = occasion === 'routine' ? reading.lapsed : known;
  turn.patch({
    routers: {
      ...turn.state.routers,
      [name]: {
        ...rest,
        readAt: turn.now,
        isReadable: true,
        owned: reading.owned,
        foreign: reading.foreign,
        ledger: nextLedger(turn, name, before, reading),
        holdsLease: reading.holdsLease === true,
        ...(lapsed === undefined ? {} : { lapsed }),
      },
    },
  });
}

/** Takes in that a router could not be read. */
export function onUnreadable(turn: Turn, name: string, message: string): void {
  const before = turn.state.routers[name];
  if (before === undefined) {
    return;
  }
  if (before.isReadable || before.error === undefined) {
    turn.audit('router-unreadable', `${name} cannot be read: ${message}`, { router: name });
    turn.alert({
      key: `router:${name}`,
      severity: 'critical',
      reason: 'router-unreadable',
      router: name,
      text: `${name} cannot be read, so nothing is diverted or restored there: ${message}`,
      isResolved: false,
    });
  }
  turn.patchRouter(name, { isReadable: false, error: message });
}
