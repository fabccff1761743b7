import type { Route, RoutePlan } from '../../../core/route-plan.ts';
import { familyOf } from '../../../lib/ip.ts';
import { checkPlan } from '../checked-route.ts';

/** What a reading asks, in this order: the configured static routes, then those in use, of both families. */
export const readingQuestions = {
  configured: 'show configuration routing-options | display set',
  installed4: 'show route table inet.0 protocol static active-path',
  installed6: 'show route table inet6.0 protocol static active-path',
} as const;

/** Takes the one candidate for us alone; refused while anybody has changed it and not committed. */
export const configureCommand = 'configure exclusive';
export const commitsQuestion = 'show system commit';
export const checkCommand = 'commit check';
export const commitCommand = 'commit';
/** Throws away what stands in the candidate and was not committed. */
export const discardCommand = 'rollback 0';
/** Loads what was in effect before the last commit. */
export const previousCommand = 'rollback 1';
export const leaveCommand = 'exit configuration-mode';

/** Commits so that the device goes back after so many minutes unless told otherwise. */
export const commitUnconfirmed = (minutes: number): string => `commit confirmed ${minutes}`;

/** The lines of a plan, removals first. Throws DETOUR_GUARD_REFUSED for anything but host routes. */
export function changeLines(plan: RoutePlan, tag: number): readonly string[] {
  checkPlan(plan);
  return [
    ...plan.remove.map((route) => `delete ${statement(route)}`),
    ...plan.add.flatMap((route) => [
      `set ${statement(route)} next-hop ${route.nextHop}`,
      `set ${statement(route)} tag ${tag}`,
    ]),
  ];
}

const statement = ({ prefix }: Pick<Route, 'prefix'>): string =>
  familyOf(prefix) === 'ipv4'
    ? `routing-options static route ${prefix}`
    : `routing-options rib inet6.0 static route ${prefix}`;

/** Every line that the account needs. A test holds every transcript against it. */
export const allowedLines: readonly RegExp[] = [
  /^set cli (screen-length|screen-width) 0$/,
  /^set cli complete-on-space off$/,
  /^show configuration routing-options \| display set$/,
  /^show route table inet6?\.0 protocol static active-path$/,
  /^show system commit$/,
  /^configure exclusive$/,
  /^(delete|set) routing-options static route (\d{1,3}\.){3}\d{1,3}\/32( (next-hop (\d{1,3}\.){3}\d{1,3}|tag \d{1,10}))?$/,
  /^(delete|set) routing-options rib inet6\.0 static route [0-9a-f:]{2,39}\/128( (next-hop [0-9a-f:]{2,39}|tag \d{1,10}))?$/,
  /^commit( check| confirmed \d{1,3})?$/,
  /^rollback [01]$/,
  /^exit( configuration-mode)?$/,
];
