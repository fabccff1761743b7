import { z } from 'zod';
import { resolveByDns } from '../../api/sites/resolve.ts';
import type { Settings } from '../../config/settings.ts';
import {
  AddressPins,
  type AddressPinsOptions,
  type Pin,
  type PinProblem,
} from '../../controller/address-pins.ts';
import { diversionRoutes } from '../../core/estate.ts';
import type { Site } from '../../core/site.ts';
import type { Ground } from './ground.ts';
import { neededAddresses } from './needed-addresses.ts';

const pin = z.object({ hostnames: z.array(z.string()), addresses: z.array(z.string()).min(1) });

/** Why addresses that DNS gave may not be diverted: the same that a configuration would be refused for. */
export function pinProblem(
  settings: Settings,
  site: Site,
  addresses: readonly string[],
): string | undefined {
  const hops = new Set(settings.routers.flatMap(({ nextHop }) => Object.values(nextHop)));
  const needed = neededAddresses(settings);
  const routers = settings.routers.filter(({ name }) => site.routers.includes(name));
  for (const address of addresses) {
    const purpose = needed.get(address) ?? (hops.has(address) ? 'a next hop' : undefined);
    if (purpose !== undefined) {
      return `DNS gives ${address}, which is ${purpose}: diverting it would cut Detour off`;
    }
    if (routers.every((router) => diversionRoutes(router, [address]).length === 0)) {
      return `DNS gives ${address}, which lies outside the estate of ${site.routers.join(', ')}, or has no next hop there`;
    }
  }
  return undefined;
}

/** Whom pins tell. */
export type PinListeners = Pick<AddressPinsOptions, 'onNews' | 'onOpen'>;

/** Opens the pins; nothing is resolved before it is asked for. */
export function openPins({ store, clock, log }: Ground, listeners: PinListeners): AddressPins {
  return new AddressPins({
    store,
    clock,
    log,
    resolve: resolveByDns,
    parse: (value): Pin | undefined => pin.safeParse(value).data,
    ...listeners,
  });
}

/** The same settings, with the pinned addresses of the sites that name none. */
export async function withPins(settings: Settings, pins: AddressPins): Promise<Settings> {
  const problem: PinProblem = (site, addresses) => pinProblem(settings, site, addresses);
  return { ...settings, sites: await pins.pinned(settings.sites, problem) };
}
