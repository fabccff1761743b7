import type { Route, RoutePlan } from '../../core/route-plan.ts';
import { DetourError } from '../../lib/errors.ts';
import { familyOf, hostPrefixAddress, parseAddress } from '../../lib/ip.ts';

/**
 * Lets a plan through only when every route is a canonical host prefix and a canonical next hop of one family.
 * Command lines are built of nothing else, so no text from outside can become a second line, word or option.
 */
export function checkPlan(plan: RoutePlan): void {
  for (const route of [...plan.remove, ...plan.add]) {
    checkRoute(route);
  }
  if (plan.term !== undefined && !(Number.isSafeInteger(plan.term) && plan.term > 0)) {
    throw new DetourError(`Not a term: ${plan.term}`, { code: 'DETOUR_GUARD_REFUSED' });
  }
}

function checkRoute({ prefix, nextHop }: Route): void {
  const isPlain =
    hostPrefixAddress(prefix) !== undefined &&
    parseAddress(nextHop) === nextHop &&
    familyOf(prefix) === familyOf(nextHop);
  if (!isPlain) {
    throw new DetourError(
      `Not a host route: ${JSON.stringify(prefix)} via ${JSON.stringify(nextHop)}`,
      { code: 'DETOUR_GUARD_REFUSED' },
    );
  }
}
