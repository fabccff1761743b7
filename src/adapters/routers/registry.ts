import { DetourError } from '../../lib/errors.ts';
import type { RouteDriver } from '../../ports/route-driver.ts';
import { birdKind } from './bird/driver.ts';
import { eosKind } from './eos/driver.ts';
import { exabgpKind } from './exabgp/driver.ts';
import { frrKind } from './frr/driver.ts';
import { gobgpKind } from './gobgp/driver.ts';
import { iosKind } from './ios/driver.ts';
import { junosKind } from './junos/driver.ts';
import { linuxKind } from './linux/driver.ts';
import { nftablesKind } from './nftables/driver.ts';
import type { DriverContext, DriverKind } from './open-driver.ts';
import { scriptKind } from './script/driver.ts';
import { vyosKind } from './vyos/driver.ts';

/** Every kind of router that Detour can drive, by the word in `driver:`. */
export const driverKinds = {
  bird: birdKind,
  eos: eosKind,
  exabgp: exabgpKind,
  frr: frrKind,
  gobgp: gobgpKind,
  ios: iosKind,
  junos: junosKind,
  linux: linuxKind,
  nftables: nftablesKind,
  script: scriptKind,
  vyos: vyosKind,
} satisfies Record<string, DriverKind>;

export type DriverName = keyof typeof driverKinds;

/** True when there is a driver of this name. */
export function isDriverName(name: string): name is DriverName {
  return Object.hasOwn(driverKinds, name);
}

/** What keeps such a router from taking routes back by itself, and what to do about it; undefined when it can. */
export function leaseProblem(
  name: string,
  options: Readonly<Record<string, unknown>>,
): string | undefined {
  const kind: DriverKind | undefined = isDriverName(name) ? driverKinds[name] : undefined;
  return kind?.leaseProblem === undefined
    ? 'its device has no timer that removes a route; write onDeath: stay for the site, or use other routers'
    : kind.leaseProblem(options);
}

/** Opens the driver of one router; throws DETOUR_CONFIG_INVALID for a name or options that it does not know. */
export function openRouteDriver(name: string, context: DriverContext): RouteDriver {
  if (!isDriverName(name)) {
    throw new DetourError(
      `There is no driver ${name} for ${context.router}; there are ${Object.keys(driverKinds).join(', ')}`,
      { code: 'DETOUR_CONFIG_INVALID' },
    );
  }
  return driverKinds[name].open(context);
}
