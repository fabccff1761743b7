import { randomBytes } from 'node:crypto';
import type { Route, RoutePlan } from '../../../core/route-plan.ts';
import { familyOf } from '../../../lib/ip.ts';
import { hour, minute, second } from '../../../lib/time.ts';
import { checkPlan } from '../checked-route.ts';
import { namePattern, termMark } from '../term-mark.ts';

/** What a reading asks, in this order: configured routes and installed ones, of both families. */
export const readingQuestions = {
  configured4: 'show running-config | include ^ip route',
  configured6: 'show running-config | include ^ipv6 route',
  installed4: 'show ip route static | json',
  installed6: 'show ipv6 route static | json',
} as const;

export const sessionsQuestion = 'show configuration sessions detail | json';
export const commitCommand = 'commit';
export const abortCommand = 'abort';
export const saveCommand = 'write memory';

/** A name for one session that nobody else uses. */
export function newSession(): string {
  return `detour-${randomBytes(4).toString('hex')}`;
}

export const enterSession = (session: string): string => `configure session ${session}`;
export const confirmSession = (session: string): string => `configure session ${session} commit`;
export const abortSession = (session: string): string => `configure session ${session} abort`;

/** Commits so that the device goes back after this time unless told otherwise. */
export function commitTimer(undoAfterMs: number): string {
  const part = (ms: number): string => String(Math.floor(ms)).padStart(2, '0');
  const whole = Math.ceil(undoAfterMs / second) * second;
  const hours = part(whole / hour);
  return `commit timer ${hours}:${part((whole % hour) / minute)}:${part((whole % minute) / second)}`;
}

/** The lines of a plan, removals first. Throws DETOUR_GUARD_REFUSED for anything but host routes. */
export function changeLines(plan: RoutePlan, tag: number): readonly string[] {
  checkPlan(plan);
  return [
    ...plan.remove.map((route) => `no ${target(route)}`),
    ...plan.add.map((route) => `${target(route)} tag ${tag} name detour${termMark(plan)}`),
  ];
}

const target = ({ prefix, nextHop }: Route): string =>
  `${familyOf(prefix) === 'ipv4' ? 'ip' : 'ipv6'} route ${prefix} ${nextHop}`;

/** Every line that the account needs. A test holds every transcript against it. */
export const allowedLines: readonly RegExp[] = [
  /^terminal (length 0|width 32767)$/,
  /^enable$/,
  /^show running-config \| include \^ip(v6)? route$/,
  /^show ip(v6)? route static \| json$/,
  /^show configuration sessions detail \| json$/,
  /^configure session detour-[0-9a-f]{8}( (commit|abort))?$/,
  new RegExp(
    String.raw`^(no )?ip route (\d{1,3}\.){3}\d{1,3}/32 (\d{1,3}\.){3}\d{1,3}( tag \d{1,10} name ${namePattern})?$`,
  ),
  new RegExp(
    String.raw`^(no )?ipv6 route [0-9a-f:]{2,39}/128 [0-9a-f:]{2,39}( tag \d{1,10} name ${namePattern})?$`,
  ),
  /^commit( timer \d\d:\d\d:\d\d)?$/,
  /^abort$/,
  /^write memory$/,
  /^exit$/,
];
