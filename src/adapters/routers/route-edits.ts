import type { Route, RoutePlan } from '../../core/route-plan.ts';
import { DetourError } from '../../lib/errors.ts';
import { checkPlan } from './checked-route.ts';

/** One step of a change: a route comes with its next hop, and goes as a whole. */
export interface RouteEdit extends Route {
  readonly act: 'set' | 'delete';
}

/**
 * The steps of a plan on a device that has these routes of ours, removals first; what is done already is left out.
 * Throws DETOUR_GUARD_REFUSED for anything but host routes, and DETOUR_PLAN_STALE where the prefix has another route of
 * ours: where a device keeps one statement for each prefix, the two would become one.
 */
export function planEdits(plan: RoutePlan, owned: readonly Route[]): readonly RouteEdit[] {
  checkPlan(plan);
  const removed = owned.filter((route) => plan.remove.some((other) => isSame(route, other)));
  const added = plan.add.filter((route) => !owned.some((other) => isSame(route, other)));
  const staying = new Set(
    owned.filter((route) => !removed.includes(route)).map(({ prefix }) => prefix),
  );
  const twice = added.find(({ prefix }) => staying.has(prefix));
  if (twice !== undefined) {
    throw new DetourError(`${twice.prefix} leads elsewhere already, by a route of ours`, {
      code: 'DETOUR_PLAN_STALE',
    });
  }
  return [
    ...removed.map((route): RouteEdit => ({ ...bare(route), act: 'delete' })),
    ...added.map((route): RouteEdit => ({ ...bare(route), act: 'set' })),
  ];
}

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });

const isSame = (one: Route, other: Route): boolean =>
  one.prefix === other.prefix && one.nextHop === other.nextHop;
