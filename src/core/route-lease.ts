import { isoTime } from '../lib/iso-time.ts';
import { routesOfSite } from './desired-routes.ts';
import { beginDiversion, handedOn } from './diversion.ts';
import type { ControlEvent } from './event.ts';
import { holdingRule } from './hold-back.ts';
import { fallsBack } from './leased-routes.ts';
import { sitesOn } from './on-routes.ts';
import { estateHindrance } from './permits.ts';
import type { Diversion } from './phase.ts';
import { beginRestore } from './restore.ts';
import type { Turn } from './turn.ts';

type Renewed = Extract<ControlEvent, { type: 'route-lease-renewed' }>;
type Failed = Extract<ControlEvent, { type: 'route-lease-failed' }>;

const keyOf = (router: string): string => `route-lease:${router}`;

/** Takes in that a router was told for how long its routes stand without us; what it had told of an earlier lapse is settled. */
export function onRouteLeaseRenewed(turn: Turn, { router, routes, until }: Renewed): void {
  const before = turn.state.routers[router];
  if (before === undefined) {
    return;
  }
  const { lapsed: _, lease: was, isLapseTold = false, ...rest } = before;
  const lease = routes === 0 ? {} : { lease: { routes, until } };
  const next = { ...rest, ...lease, holdsLease: routes > 0 };
  turn.patch({ routers: { ...turn.state.routers, [router]: next } });
  if (was?.isTold === true || isLapseTold) {
    const text = `${router} takes leases of routes again as it should`;
    turn.audit('route-lease-renewed', text, { router });
    turn.alert({
      key: keyOf(router),
      severity: 'info',
      reason: 'route-lease-renewed',
      router,
      text,
      isResolved: true,
    });
  }
}

/** Takes in that a lease could not be renewed; people hear of it when half of it is gone, well before it lapses. */
export function onRouteLeaseFailed(turn: Turn, { router, message }: Failed): void {
  const lease = turn.state.routers[router]?.lease;
  // It may have lapsed meanwhile; only a reading tells.
  turn.give({ type: 'read-routes', router });
  if (lease === undefined) {
    return;
  }
  const isLate = lease.until - turn.now <= turn.state.config.guards.routeLeaseMs / 2;
  const isTold = lease.isTold === true || isLate;
  turn.patchRouter(router, {
    lease: { ...lease, problem: message, ...(isTold ? { isTold: true } : {}) },
  });
  if (!isTold || lease.isTold === true) {
    return;
  }
  const text = `The leases of ${lease.routes} routes on ${router} are not renewed, and it takes them back by itself at ${isoTime(lease.until)}: ${message}`;
  turn.audit('route-lease-failing', text, { router });
  turn.alert({
    key: keyOf(router),
    severity: 'critical',
    reason: 'route-lease-failing',
    router,
    text,
    isResolved: false,
  });
}

/** What follows for one site: diverted anew at once where its rule holds at this moment, else judged on its own path. */
function decideAfresh(turn: Turn, name: string, router: string, diversion: Diversion): void {
  const text = `nobody renewed the lease of its routes in time, so ${router} took them back by itself`;
  const reason = 'route-lease-lapsed';
  const rule = holdingRule(turn, name);
  const isOrdered = turn.site(name)?.override?.action === 'divert';
  if (estateHindrance(turn.state, turn.now) === undefined && (rule !== undefined || isOrdered)) {
    beginDiversion(turn, name, {
      by: diversion.by,
      cause: diversion.cause,
      severity: 'critical',
      addresses: diversion.addresses,
      ...handedOn(diversion),
      trials: diversion.trials,
      ...(diversion.relapses === undefined ? {} : { relapses: diversion.relapses }),
      reason,
      text: `${text}; the site is still down and is diverted again`,
      ...(diversion.rule === undefined ? {} : { rule: diversion.rule }),
    });
    return;
  }
  beginRestore(turn, name, diversion, {
    reason,
    text: `${text}; whether it is diverted again is decided by what its probes find now`,
  });
}

/** Takes in that a router has taken routes back by itself because their lease had run out. It is no hand-made removal: nobody is asked. */
export function onLapsed(turn: Turn, router: string): void {
  const spec = turn.state.config.routers[router];
  const { lapsed = [], owned = [] } = turn.state.routers[router] ?? {};
  const gone = new Set(lapsed);
  for (const { prefix } of owned) {
    gone.delete(prefix);
  }
  if (spec === undefined || gone.size === 0) {
    return;
  }
  const hit: string[] = [];
  for (const name of sitesOn(turn, router)) {
    const phase = turn.site(name)?.phase;
    const isBehind = phase?.name === 'diverted' || phase?.name === 'recovering';
    const wanted = routesOfSite(turn.state, name, spec);
    if (isBehind && fallsBack(turn.state.config, name) && wanted.some((r) => gone.has(r.prefix))) {
      hit.push(name);
      decideAfresh(turn, name, router, phase.diversion);
    }
  }
  if (hit.length > 0) {
    const shown = hit.length > 5 ? `${hit.length} sites` : hit.join(', ');
    turn.alert({
      key: keyOf(router),
      severity: 'critical',
      reason: 'route-lease-lapsed',
      router,
      text: `${router} took the routes of ${shown} back by itself, because nobody had renewed their lease in time`,
      isResolved: false,
    });
    turn.patchRouter(router, { isLapseTold: true });
  }
}
