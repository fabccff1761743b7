import { familyOf } from '../../../lib/ip.ts';
import type { RouteEdit } from '../route-edits.ts';
import { markSuffix } from '../term-mark.ts';

/** What a reading asks, in this order. */
export const readingQuestions = {
  configured: 'show configuration commands | match "protocols static route"',
  installed4: 'show ip route static',
  installed6: 'show ipv6 route static',
  timer: 'systemctl is-active commit-confirm.timer',
} as const;

/** What an unconfirmed commit comes to: `reload` goes back, anything else restarts the router. */
export const actionQuestion =
  'show configuration commands | match "config-management commit-confirm"';
/** When the timer of a commit was started, by which one is told from another. */
export const timerStartQuestion =
  'systemctl show commit-confirm.timer --property=ActiveEnterTimestampMonotonic --value';

export const configureCommand = 'configure';
export const commitCommand = 'commit';
export const commitConfirmCommand = (minutes: number): string => `commit-confirm ${minutes}`;
export const confirmCommand = 'confirm';
export const saveCommand = 'save';
/** Leaves the configuration, and whatever is in the candidate with it. */
export const leaveCommand = 'exit discard';

/** The lines of a change. A description alone would be no route: it comes after the next hop, and goes with it. */
export function changeLines(edits: readonly RouteEdit[], description: string): readonly string[] {
  return edits.flatMap(({ act, prefix, nextHop }) => {
    const path = `protocols static ${familyOf(prefix) === 'ipv4' ? 'route' : 'route6'} ${prefix}`;
    return act === 'delete'
      ? [`delete ${path}`]
      : [`set ${path} next-hop ${nextHop}`, `set ${path} description ${description}`];
  });
}

const target4 = String.raw`protocols static route (\d{1,3}\.){3}\d{1,3}/32`;
const target6 = 'protocols static route6 [0-9a-f:]{2,39}/128';
const mark = `description [a-z][a-z0-9-]{0,31}${markSuffix}`;

/** Every line that the account needs. A test holds every transcript against it. */
export const allowedLines: readonly RegExp[] = [
  /^set terminal length 0$/,
  /^show configuration commands \| match "protocols static route"$/,
  /^show ip(v6)? route static$/,
  /^show configuration commands \| match "config-management commit-confirm"$/,
  /^systemctl is-active commit-confirm\.timer$/,
  /^systemctl show commit-confirm\.timer --property=ActiveEnterTimestampMonotonic --value$/,
  /^configure$/,
  new RegExp(String.raw`^set ${target4} (next-hop (\d{1,3}\.){3}\d{1,3}|${mark})$`),
  new RegExp(`^set ${target6} (next-hop [0-9a-f:]{2,39}|${mark})$`),
  new RegExp(`^delete (${target4}|${target6})$`),
  /^commit(-confirm \d{1,5})?$/,
  /^confirm$/,
  /^save$/,
  /^exit( discard)?$/,
];
