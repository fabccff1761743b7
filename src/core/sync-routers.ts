import type { EpochMs } from '../lib/time.ts';
import { mayObey } from './break-glass.ts';
import { isToWait, isTroubleOver, noteRefusal, type Wish, wishesOf } from './change-pace.ts';
import { desiredRoutes, isOrdered, isOrderedHome, orderedRoutes } from './desired-routes.ts';
import { ownedByPrefix } from './installation.ts';
import { sitesOn } from './on-routes.ts';
import { onceFor } from './once-for.ts';
import { estateHindrance, standingLimit } from './permits.ts';
import { isEmptyPlan, planRoutes, type Route } from './route-plan.ts';
import type { RouterState, SiteState, State } from './state.ts';
import { Turn } from './turn.ts';

/** Only what stands in the ledger may be removed; what is wanted enters the ledger with the intent. */
function manageable(router: RouterState, target: readonly Route[]): readonly Route[] {
  const ours = new Set([...router.ledger, ...target.map(({ prefix }) => prefix)]);
  return router.owned.filter(({ prefix }) => ours.has(prefix));
}

/** The earliest moment at which these prefixes may change again on a router. */
function notBefore(state: State, router: RouterState, prefixes: readonly string[]): number {
  const last = Math.max(0, ...prefixes.map((prefix) => router.changedAt[prefix] ?? 0));
  return last === 0 ? 0 : last + state.config.guards.settleMs;
}

function hasSite(turn: Turn, router: string, isSo: (site: SiteState) => boolean): boolean {
  return sitesOn(turn, router).some((name) => {
    const site = turn.site(name);
    return site !== undefined && isSo(site);
  });
}

function hasOrderedSite(turn: Turn, router: string): boolean {
  return hasSite(turn, router, isOrdered);
}

/** While automation may not write, a change is what persons ordered and nothing else. */
function isByPersons(turn: Turn, router: string): boolean {
  return (
    hasOrderedSite(turn, router) ||
    hasRelease(turn) ||
    estateHindrance(turn.state, turn.now) !== undefined
  );
}

/** A person who released a brake has seen the number and wants it. */
function hasRelease(turn: Turn): boolean {
  return Object.values(turn.state.brakes).some(
    ({ release }) => release !== undefined && turn.now < release.until,
  );
}

/** A prefix that somebody else routes is left to them: ours is not put beside it. */
function withoutConflicts(state: State, name: string, routes: readonly Route[]): readonly Route[] {
  const router = state.routers[name];
  if (router === undefined || router.foreign.length === 0) {
    return routes;
  }
  const foreign = new Set(router.foreign.map(({ prefix }) => prefix));
  const owned = ownedByPrefix(router.owned);
  return routes.filter(({ prefix }) => owned.has(prefix) || !foreign.has(prefix));
}

/** What a router should have now, as far as it may be written to at all; undefined while it may not. */
function targetOf(turn: Turn, name: string): readonly Route[] | undefined {
  if (estateHindrance(turn.state, turn.now) === undefined) {
    return withoutConflicts(turn.state, name, desiredRoutes(turn.state, name));
  }
  return mayObey(turn.state, turn.now) &&
    (hasOrderedSite(turn, name) || hasSite(turn, name, isOrderedHome))
    ? withoutConflicts(turn.state, name, orderedRoutes(turn.state, name))
    : undefined;
}

/** True while a sync given earlier still says what the core wants: the runner asks just before the first byte. */
export function isStillWanted(
  state: State,
  command: { readonly router: string; readonly desired: readonly Route[] },
  now: EpochMs,
): boolean {
  const target = targetOf(new Turn(state, now), command.router);
  return target !== undefined && isEmptyPlan(planRoutes(command.desired, target));
}

/** True when a router shows these routes of ours and no others: the common case, which needs no plan. */
function isAsWanted({ owned }: RouterState, target: readonly Route[]): boolean {
  const found = ownedByPrefix(owned);
  return (
    owned.length === target.length &&
    target.every(({ prefix, nextHop }) => found.get(prefix)?.[0]?.nextHop === nextHop)
  );
}

/** Every prefix of a ledger, for the look at each event. */
const inLedger = onceFor((ledger: readonly string[]): ReadonlySet<string> => new Set(ledger));

/** What is wanted stands in the ledger, also where the router has it already: what is not there is never removed again. */
function enterLedger(turn: Turn, name: string, target: readonly Route[]): readonly string[] {
  const ledger = turn.state.routers[name]?.ledger ?? [];
  const known = inLedger(ledger);
  const fresh = target.filter(({ prefix }) => !known.has(prefix)).map(({ prefix }) => prefix);
  if (fresh.length === 0) {
    return ledger;
  }
  const entered = [...new Set([...ledger, ...fresh])];
  turn.patchRouter(name, { ledger: entered });
  return entered;
}

function syncRouter(turn: Turn, name: string, router: RouterState): void {
  const target = targetOf(turn, name);
  if (target === undefined) {
    return;
  }
  const ledger = enterLedger(turn, name, target);
  const plan = isAsWanted(router, target)
    ? undefined
    : planRoutes(manageable(router, target), target);
  if (plan === undefined || isEmptyPlan(plan)) {
    if (isTroubleOver(router, turn.now)) {
      onChangesWell(turn, name);
    }
    return;
  }
  const changes = [...plan.remove, ...plan.add].map(({ prefix }) => prefix);
  if (isToWait(router, wishesOf(changes, target), turn.now)) {
    return;
  }
  const id = turn.nextId();
  turn.patchRouter(name, { syncing: { id, desired: target, changes } });
  turn.give({
    type: 'sync-routes',
    id,
    router: name,
    desired: target,
    ledger,
    isOrdered: isByPersons(turn, name),
    activeLimit: standingLimit(turn.state),
    decidedAt: turn.now,
    notBefore: notBefore(turn.state, router, changes),
  });
}

/** Brings every router that differs from what it should have on its way, one sync at a time each. */
export function syncRouters(turn: Turn): void {
  for (const [name, router] of Object.entries(turn.state.routers)) {
    const isReady =
      router.syncing === undefined &&
      router.unconfirmed === undefined &&
      router.isReadable &&
      router.readAt !== undefined;
    if (isReady) {
      syncRouter(turn, name, router);
    }
  }
}

/** A change went through, or none is wanted any more: what was told of the one that did not is over. */
export function onChangesWell(turn: Turn, name: string): void {
  const { failure, retryAt } = turn.state.routers[name] ?? {};
  if (failure === undefined && retryAt === undefined) {
    return;
  }
  turn.endFailure(name);
  if (failure !== undefined) {
    const text = `the routes on ${name} are as they should be again`;
    turn.audit('routes-as-wanted', text, { router: name });
    turn.alert({
      key: `change:${name}`,
      severity: 'info',
      reason: 'routes-as-wanted',
      router: name,
      text: `The routes on ${name} are as they should be again`,
      isResolved: true,
    });
  }
}

/** How a change did not go through, and what it was to do. */
export interface FailedChange {
  readonly code: string;
  readonly message: string;
  readonly wishes: readonly Wish[];
}

/** Notes that a change did not go through, and tells of it once for each answer of the router: it is tried again and again. */
export function onChangeFailed(turn: Turn, name: string, failed: FailedChange): void {
  const { code, message } = failed;
  const before = turn.state.routers[name]?.failure;
  turn.patchRouter(name, { failure: { code, message, at: turn.now } });
  noteRefusal(turn, name, failed);
  turn.give({ type: 'read-routes', router: name });
  if (before?.code !== code || before.message !== message) {
    turn.audit('route-failed', `${name}: ${message}`, { router: name });
    turn.alert({
      key: `change:${name}`,
      severity: 'critical',
      reason: 'route-failed',
      router: name,
      text: `A change of routes on ${name} did not go through: ${message}`,
      isResolved: false,
    });
  }
}
