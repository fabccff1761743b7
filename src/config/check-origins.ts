import { isLoopback } from '../lib/ip.ts';
import type { Placed } from './draft.ts';
import type { Finding } from './finding.ts';
import type { SiteInput } from './schema/site-schema.ts';

type PlacedSite = Placed<SiteInput>;

/** An address and port on which the notice server listens. */
export interface Listener {
  readonly host: string;
  readonly port: number;
}

interface OriginSurroundings {
  readonly sites: readonly PlacedSite[];
  /** Addresses that Detour or its traffic needs, by what for. */
  readonly reserved: ReadonlyMap<string, string>;
  readonly listeners: readonly Listener[];
}

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** The site whose diversion would take this address along. */
function ownerOf(address: string | undefined, sites: readonly PlacedSite[]): string | undefined {
  return sites.find(({ value }) => value.addresses?.includes(address ?? '') === true)?.value.name;
}

/** Why visitors who are passed through to the origin would come back, if they would. */
function loopOf(site: SiteInput, around: OriginSurroundings): string | undefined {
  const target = site.origin?.passThrough;
  if (target === undefined) {
    return;
  }
  const { address, http, https } = target;
  const owner = ownerOf(address, around.sites);
  if (owner !== undefined) {
    return `${address} is an address of site ${owner}, which may itself be diverted`;
  }
  const purpose = around.reserved.get(address);
  if (purpose !== undefined) {
    return `${address} is ${purpose}`;
  }
  const own = around.listeners.find(
    ({ host, port }) =>
      (port === http || port === https) &&
      (host === address || (isWildcard(host) && isLoopback(address))),
  );
  return isWildcard(address) || own !== undefined
    ? `${address} is where the notice server itself listens`
    : undefined;
}

/** What is wrong with the ways to a site's true origin. */
export function originFindings(site: PlacedSite, around: OriginSurroundings): readonly Finding[] {
  const address = site.value.origin?.address;
  const owner = ownerOf(address, around.sites);
  const loop = loopOf(site.value, around);
  return [
    ...(owner === undefined
      ? []
      : [
          {
            path: [...site.path, 'origin', 'address'],
            what: `${address} is an address of site ${owner}, which may itself be diverted`,
            remedy: 'give an address that always reaches the true origin, or leave origin out',
          },
        ]),
    ...(loop === undefined || (owner !== undefined && isSame(site.value))
      ? []
      : [
          {
            path: [...site.path, 'origin', 'passThrough'],
            what: `${loop}: who is passed through to it would come back`,
            remedy: 'give an address of the origin that is never diverted',
          },
        ]),
  ];
}

/** True when one address stands for both ways: one problem is enough. */
function isSame({ origin }: SiteInput): boolean {
  return origin?.passThrough?.address === origin?.address;
}
