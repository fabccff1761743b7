import { familyOf, hostPrefix, prefixContains } from '../lib/ip.ts';
import type { Route } from './route-plan.ts';
import type { RouterSpec, Site } from './site.ts';

/** The routes that put these addresses of a site behind the notice on one router: only what its estate and next hops allow. */
export function diversionRoutes(
  router: RouterSpec,
  addresses: readonly string[],
): readonly Route[] {
  return addresses.flatMap((address) => {
    const nextHop = router.nextHop[familyOf(address)];
    const isInEstate = router.estate.some((prefix) => prefixContains(prefix, address));
    return nextHop === undefined || !isInEstate ? [] : [{ prefix: hostPrefix(address), nextHop }];
  });
}

type Sites = Readonly<Record<string, Site>>;

/** Names by address, for each configuration once: thousands of sites ask for their neighbours again and again. */
const namesByAddress = new WeakMap<Sites, ReadonlyMap<string, readonly string[]>>();

function indexOf(sites: Sites): ReadonlyMap<string, readonly string[]> {
  const known = namesByAddress.get(sites);
  if (known !== undefined) {
    return known;
  }
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
  namesByAddress.set(sites, index);
  return index;
}

/** Names by router, for each configuration once. */
const namesByRouter = new WeakMap<Sites, ReadonlyMap<string, readonly string[]>>();

/** Names of the sites that use a router, in the order of the configuration. */
export function sitesBehind(sites: Sites, router: string): readonly string[] {
  let index = namesByRouter.get(sites);
  if (index === undefined) {
    index = Map.groupBy(
      Object.values(sites).flatMap(({ name, routers }) =>
        [...new Set(routers)].map((used) => ({ name, used })),
      ),
      ({ used }) => used,
    )
      .entries()
      .reduce(
        (all, [used, entries]) =>
          all.set(
            used,
            entries.map(({ name }) => name),
          ),
        new Map<string, readonly string[]>(),
      );
    namesByRouter.set(sites, index);
  }
  return index.get(router) ?? [];
}

/** Names of the sites that share at least one of these addresses, other than the site itself. */
export function neighboursOf(
  sites: Sites,
  name: string,
  addresses: readonly string[],
): readonly string[] {
  const index = indexOf(sites);
  const names = new Set(addresses.flatMap((address) => index.get(address) ?? []));
  names.delete(name);
  return [...names];
}
