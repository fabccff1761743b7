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

/** Names of the sites that share at least one of these addresses, other than the site itself. */
export function neighboursOf(
  sites: Readonly<Record<string, Site>>,
  name: string,
  addresses: readonly string[],
): readonly string[] {
  return Object.values(sites)
    .filter((site) => site.name !== name)
    .filter((site) => site.addresses.some((address) => addresses.includes(address)))
    .map((site) => site.name);
}
