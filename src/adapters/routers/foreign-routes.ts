import type { Route, RoutePlan, RouterReading } from '../../core/route-plan.ts';
import { DetourError } from '../../lib/errors.ts';

/**
 * For devices that keep our routes apart from others of the same prefix, and tell routes apart by prefix and next hop
 * alone: our removal would take a hand-made route of the same two with it, and our addition would put our mark on it.
 * Throws DETOUR_GUARD_REFUSED for such a plan.
 */
export function refuseForeignTwin(
  router: string,
  { add, remove }: RoutePlan,
  { foreign }: RouterReading,
): void {
  refuse(
    router,
    [...remove, ...add].flatMap((route) => twinsOf(route, foreign)),
  );
}

/**
 * For devices that would forward by both: beside a foreign route of the same prefix nothing is added.
 * Throws DETOUR_GUARD_REFUSED for such a plan.
 */
export function refuseForeign(
  router: string,
  { add, remove }: RoutePlan,
  { foreign }: RouterReading,
): void {
  const beside = add.flatMap(({ prefix }) => foreign.filter((route) => route.prefix === prefix));
  refuse(router, [...beside, ...remove.flatMap((route) => twinsOf(route, foreign))]);
}

/**
 * For devices that keep one entry for each prefix: our removal would take the whole of it, whatever its next hop.
 * Throws DETOUR_GUARD_REFUSED for such a plan.
 */
export function refuseForeignPrefix(
  router: string,
  { add, remove }: RoutePlan,
  { foreign }: RouterReading,
): void {
  const prefixes = new Set([...remove, ...add].map(({ prefix }) => prefix));
  refuse(
    router,
    foreign.filter(({ prefix }) => prefixes.has(prefix)),
  );
}

const twinsOf = ({ prefix, nextHop }: Route, foreign: readonly Route[]): readonly Route[] =>
  foreign.filter((route) => route.prefix === prefix && route.nextHop === nextHop);

function refuse(router: string, [conflict]: readonly Route[]): void {
  if (conflict !== undefined) {
    throw new DetourError(
      `${router} has ${conflict.prefix} via ${conflict.nextHop} without our mark; it is not ours to change`,
      { code: 'DETOUR_GUARD_REFUSED' },
    );
  }
}
