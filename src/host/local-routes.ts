import { z } from 'zod';
import { hostPrefix, hostPrefixAddress } from '../lib/ip.ts';

/**
 * Our mark on local routes: the route protocol number, which the kernel keeps with each route and compares on removal.
 * Not 201, under which the `linux` driver installs diversions: a notice host may be a router, too.
 */
export const localRouteProtocol = 202;

const listing = z.array(z.object({ dst: z.string() }));

/** The addresses of one answer of `ip -json route show`; it leaves the length of a host route out. */
export function parseLocalRoutes(json: string): readonly string[] {
  // Some versions print nothing at all for an empty table.
  const routes = json.trim() === '' ? [] : listing.parse(JSON.parse(json));
  return routes.map(({ dst }) => hostPrefixAddress(dst) ?? dst);
}

/** The arguments of `ip` that show our local routes of one family. */
export function listingArguments(family: '-4' | '-6'): readonly string[] {
  return [
    ...['-json', family, 'route', 'show', 'table', 'local'],
    ...['type', 'local', 'proto', String(localRouteProtocol)],
  ];
}

/** What separates the local routes there are from those there should be. */
export interface LocalRoutePlan {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Doing a plan twice is harmless: the second one is empty. */
export function planLocalRoutes(
  owned: readonly string[],
  wanted: readonly string[],
): LocalRoutePlan {
  const [has, wants] = [new Set(owned), new Set(wanted)];
  return {
    add: [...wants].filter((address) => !has.has(address)),
    remove: [...has].filter((address) => !wants.has(address)),
  };
}

/**
 * The lines of `ip -batch -` for a plan, removals first. `add`, never `replace`: a foreign route for the same address
 * makes it fail instead of being overwritten.
 */
export function localRouteLines({ add, remove }: LocalRoutePlan): readonly string[] {
  const route = (address: string): string =>
    `local ${hostPrefix(address)} dev lo proto ${localRouteProtocol} table local`;
  return [
    ...remove.map((address) => `route del ${route(address)}`),
    ...add.map((address) => `route add ${route(address)}`),
  ];
}
