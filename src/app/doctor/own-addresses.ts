import { networkInterfaces } from 'node:os';
import type { Settings } from '../../config/settings.ts';

/** Every address of this host's interfaces. */
export function ownAddresses(): ReadonlySet<string> {
  return new Set(
    Object.values(networkInterfaces()).flatMap((found) =>
      (found ?? []).map(({ address }) => address),
    ),
  );
}

/** Next hops of the configuration that are this host: visitors of diverted sites will come here. */
export function ownNextHops({ routers }: Settings, own: ReadonlySet<string>): readonly string[] {
  const hops = routers.flatMap(({ nextHop }) => Object.values(nextHop));
  return [...new Set(hops)].filter((hop) => own.has(hop));
}
