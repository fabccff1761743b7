import type { Route, RoutePlan } from '../../../core/route-plan.ts';
import { familyOf, hostPrefixAddress } from '../../../lib/ip.ts';
import { checkPlan } from '../checked-route.ts';
import { namePattern, termMark } from '../term-mark.ts';

/** What a reading asks, in this order: configured routes and installed ones, of both families. */
export const readingQuestions = {
  configured4: 'show running-config | include ^ip route',
  configured6: 'show running-config | include ^ipv6 route',
  installed4: 'show ip route static',
  installed6: 'show ipv6 route static',
} as const;

export const configureCommand = 'configure terminal';
export const endCommand = 'end';
export const timerQuestion = 'show archive config rollback timer';
export const confirmCommand = 'configure confirm';
export const revertCommand = 'configure revert now';
export const saveCommand = 'write memory';

/** Enters the configuration so that the device goes back after so many minutes unless told otherwise. */
export const configureUnconfirmed = (minutes: number): string =>
  `configure terminal revert timer ${minutes}`;

/** The name that our routes carry, for whoever reads the configuration. */
const routeName = 'detour';

/** The lines of a plan, removals first. Throws DETOUR_GUARD_REFUSED for anything but host routes. */
export function changeLines(plan: RoutePlan, tag: number): readonly string[] {
  checkPlan(plan);
  return [
    // With the tag a removal does not match a route that carries another one.
    ...plan.remove.map((route) => `no ${target(route)} tag ${tag}`),
    ...plan.add.map((route) =>
      familyOf(route.prefix) === 'ipv4'
        ? `${target(route)} tag ${tag} name ${routeName}${termMark(plan)}`
        : `${target(route)} tag ${tag}`,
    ),
  ];
}

function target({ prefix, nextHop }: Route): string {
  const address = hostPrefixAddress(prefix) ?? '';
  return familyOf(prefix) === 'ipv4'
    ? `ip route ${address} 255.255.255.255 ${nextHop}`
    : `ipv6 route ${prefix} ${nextHop}`;
}

/** Every line that the account needs. A test holds every transcript against it. */
export const allowedLines: readonly RegExp[] = [
  /^terminal (length 0|width 511)$/,
  /^enable$/,
  /^show running-config \| include \^ip(v6)? route$/,
  /^show ip(v6)? route static$/,
  /^show archive config rollback timer$/,
  /^configure terminal( revert timer \d{1,3})?$/,
  new RegExp(
    String.raw`^(no )?ip route (\d{1,3}\.){3}\d{1,3} 255\.255\.255\.255 (\d{1,3}\.){3}\d{1,3} tag \d{1,10}( name ${namePattern})?$`,
  ),
  /^(no )?ipv6 route [0-9a-f:]{2,39}\/128 [0-9a-f:]{2,39} tag \d{1,10}$/,
  /^end$/,
  /^configure (confirm|revert now)$/,
  /^write memory$/,
  /^exit$/,
];
