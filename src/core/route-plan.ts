/** A host route that Detour owns or wants: canonical /32 or /128 and the next hop's address. */
export interface Route {
  readonly prefix: string;
  readonly nextHop: string;
}

/** A route as a router shows it. */
export interface ObservedRoute extends Route {
  /** False when the router accepted the route but does not forward by it (unreachable next hop, for one). */
  readonly isInstalled: boolean;
}

/** Everything one read of a router tells. */
export interface RouterReading {
  /** Routes that carry our mark, and no others. */
  readonly owned: readonly ObservedRoute[];
  /** Static host routes without our mark: never touched, reported when they cover a site's address. */
  readonly foreign: readonly Route[];
  /** The device waits for a confirmation of our account: what it shows now may go back by itself. */
  readonly isUnconfirmed?: true;
  /** The newest term of a controller that the router was told with a change; absent where it was told none, or cannot carry it. */
  readonly term?: number;
  /** The router is to take routes back by itself when their lease is over. */
  readonly holdsLease?: true;
  /** Prefixes that the router has taken back by itself because nobody renewed their lease, and of which it was not told again since. */
  readonly lapsed?: readonly string[];
}

/** What one router needs to get from the routes it has to the routes it should have. */
export interface RoutePlan {
  readonly remove: readonly Route[];
  readonly add: readonly Route[];
  readonly unchanged: readonly Route[];
  /** The term of the controller that acts, for routers that can carry it; absent where only one controller can be. */
  readonly term?: number;
  /** The number of the decision that is carried out, for the same routers; within a store it only grows. */
  readonly generation?: number;
}

/** One word for a route, the same for the same route. */
export const routeKey = (route: Route): string => `${route.prefix} via ${route.nextHop}`;

const byKey = (a: Route, b: Route): number => (routeKey(a) < routeKey(b) ? -1 : 1);

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });

/** Finds the difference between the routes Detour owns on a router and those it wants there. Doing it twice is harmless. */
export function planRoutes(owned: readonly Route[], desired: readonly Route[]): RoutePlan {
  const have = new Map(owned.map((route) => [routeKey(route), bare(route)]));
  const want = new Map(desired.map((route) => [routeKey(route), bare(route)]));
  return {
    remove: [...have]
      .filter(([key]) => !want.has(key))
      .map(([, route]) => route)
      .sort(byKey),
    add: [...want]
      .filter(([key]) => !have.has(key))
      .map(([, route]) => route)
      .sort(byKey),
    unchanged: [...want]
      .filter(([key]) => have.has(key))
      .map(([, route]) => route)
      .sort(byKey),
  };
}

/** True when a plan changes nothing. */
export function isEmptyPlan(plan: RoutePlan): boolean {
  return plan.add.length === 0 && plan.remove.length === 0;
}
