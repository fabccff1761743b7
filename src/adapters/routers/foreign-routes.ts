import type { Route, RoutePlan, RouterReading } from '../../core/route-plan.ts';
import { DetourError } from '../../lib/errors.ts';

/**
 * Some devices tell static routes apart by prefix and next hop alone: our removal would take a hand-made route of the
 * same two with it, and our addition would put our mark on it. Throws DETOUR_GUARD_REFUSED for such a plan.
 */
export function refuseForeignTwin(
  router: string,
  plan: RoutePlan,
  { foreign }: RouterReading,
): void {
  refuse(router, plan, (route) =>
    foreign.some(({ prefix, nextHop }) => prefix === route.prefix && nextHop === route.nextHop),
  );
}

/**
 * Other devices keep one entry for each prefix, with one mark: beside a foreign next hop in it ours cannot be told apart.
 * Throws DETOUR_GUARD_REFUSED for a plan that touches a prefix with any foreign route.
 */
export function refuseForeignPrefix(
  router: string,
  plan: RoutePlan,
  { foreign }: RouterReading,
): void {
  refuse(router, plan, (route) => foreign.some(({ prefix }) => prefix === route.prefix));
}

function refuse(router: string, plan: RoutePlan, isForeign: (route: Route) => boolean): void {
  const conflict = [...plan.remove, ...plan.add].find(isForeign);
  if (conflict !== undefined) {
    throw new DetourError(
      `${router} has ${conflict.prefix} via ${conflict.nextHop} without our mark; it is not ours to change`,
      { code: 'DETOUR_GUARD_REFUSED' },
    );
  }
}
