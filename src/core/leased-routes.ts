import { hostPrefixAddress } from '../lib/ip.ts';
import { desiredRoutes, routesOfSite } from './desired-routes.ts';
import { sitesAt } from './estate.ts';
import { onceFor } from './once-for.ts';
import type { Route } from './route-plan.ts';
import type { CoreConfig, State } from './state.ts';

/** True when the diversions of a site end by themselves once no controller is there to renew them. */
export function fallsBack({ sites, guards }: CoreConfig, name: string): boolean {
  return (sites[name]?.onDeath ?? guards.onDeath) === 'fall-back';
}

/** Names of the routers on which a site falls back: on all others there is never anything to work out. */
const routersWithLeases = onceFor(
  (config: CoreConfig): ReadonlySet<string> =>
    new Set(
      Object.values(config.sites)
        .filter(({ name }) => fallsBack(config, name))
        .flatMap(({ routers }) => routers)
        .filter((name) => config.routers[name]?.canLease === true),
    ),
);

/**
 * The routes that a router is to take back by itself when nobody renews them: what sites want there that fall back, and what
 * still stands of theirs on its way out. On an address that several sites want, one that stays is enough to keep the route.
 */
export function leasedRoutes(state: State, routerName: string): readonly Route[] {
  const spec = state.config.routers[routerName];
  const router = state.routers[routerName];
  const isMeant = routersWithLeases(state.config).has(routerName);
  if (spec === undefined || router === undefined || !isMeant) {
    return [];
  }
  const ledger = new Set(router.ledger);
  const standing = router.owned.filter(({ prefix }) => ledger.has(prefix));
  const routes = new Map(
    [...standing, ...desiredRoutes(state, routerName)].map(({ prefix, nextHop }) => [
      `${prefix} ${nextHop}`,
      { prefix, nextHop },
    ]),
  );
  return [...routes.values()].filter(({ prefix }) => {
    const sites = sitesAt(state.config.sites, hostPrefixAddress(prefix) ?? '');
    const wanting = sites.filter((name) =>
      routesOfSite(state, name, spec).some((route) => route.prefix === prefix),
    );
    const deciding = wanting.length === 0 ? sites : wanting;
    return deciding.length > 0 && deciding.every((name) => fallsBack(state.config, name));
  });
}
