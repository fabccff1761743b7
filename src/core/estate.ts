import { familyOf, hostPrefix, prefixContains } from '../lib/ip.ts';
import { onceFor } from './once-for.ts';
import type { Route } from './route-plan.ts';
import type { RouterSpec, Site } from './site.ts';

/** Routes by address for each router: whether an address lies in an estate takes long to find out, and never changes. */
const knownRoutes = onceFor((_: RouterSpec) => new Map<string, readonly Route[]>());

function routesTo(router: RouterSpec, address: string): readonly Route[] {
  const nextHop = router.nextHop[familyOf(address)];
  const isInEstate = router.estate.some((prefix) => prefixContains(prefix, address));
  return nextHop === undefined || !isInEstate ? [] : [{ prefix: hostPrefix(address), nextHop }];
}

/** The routes that put these addresses of a site behind the notice on one router: only what its estate and next hops allow. */
export function diversionRoutes(
  router: RouterSpec,
  addresses: readonly string[],
): readonly Route[] {
  const known = knownRoutes(router);
  return addresses.flatMap((address) => {
    const routes = known.get(address) ?? routesTo(router, address);
    known.set(address, routes);
    return routes;
  });
}

type Sites = Readonly<Record<string, Site>>;

const namesByAddress = onceFor((sites: Sites): ReadonlyMap<string, readonly string[]> => {
  const index = new Map<string, string[]>();
  for (const { name, addresses } of Object.values(sites)) {
    for (const address of new Set(addresses)) {
      const names = index.get(address);
      if (names === undefined) {
        index.set(address, [name]);
      } else {
        names.push(name);
      }
    }
  }
  return index;
});

const namesByRouter = onceFor((sites: Sites): ReadonlyMap<string, readonly string[]> => {
  const uses = Object.values(sites).flatMap(({ name, routers }) =>
    [...new Set(routers)].map((used) => ({ name, used })),
  );
  const groups = Map.groupBy(uses, ({ used }) => used);
  return new Map([...groups].map(([used, entries]) => [used, entries.map(({ name }) => name)]));
});

/** Names of the sites that live on an address. */
export function sitesAt(sites: Sites, address: string): readonly string[] {
  return namesByAddress(sites).get(address) ?? [];
}

/** Names of the sites that use a router, in the order of the configuration. */
export function sitesBehind(sites: Sites, router: string): readonly string[] {
  return namesByRouter(sites).get(router) ?? [];
}

/** Names of the sites that share at least one of these addresses, other than the site itself. */
export function neighboursOf(
  sites: Sites,
  name: string,
  addresses: readonly string[],
): readonly string[] {
  const index = namesByAddress(sites);
  const names = new Set(addresses.flatMap((address) => index.get(address) ?? []));
  names.delete(name);
  return [...names];
}
