import type { Route, RoutePlan } from '../../../core/route-plan.ts';
import { checkPlan } from '../checked-route.ts';
import type { LinuxOptions } from './schema.ts';

/** Protocols under which host routes are made by hand or by a routing daemon's own static part: boot, static, FRR's staticd. */
const foreignProtocols = [3, 4, 196];

/** Splits the answers of one reading; the shell prints it between them. */
export const answerMark = '--detour--';

/** The tables of one reading, in the order of their answers. */
export const readingOrder = ['owned', 'owned', ...foreignProtocols.flatMap(() => twice('foreign'))];

/** One shell command that shows our routes and the foreign ones of both families, each as one JSON line. */
export function readingCommand({
  protocol,
  table,
}: Pick<LinuxOptions, 'protocol' | 'table'>): string {
  const show = [protocol, ...foreignProtocols]
    .flatMap((number) => ['-4', '-6'].map((family) => ({ number, family })))
    .map(({ number, family }) => `ip -j ${family} route show table ${table} proto ${number}`);
  // `&&` would stop at a table that does not exist yet; the mark's exit code says how it went.
  return show.map((command) => `${command}; echo "${answerMark}$?"`).join('; ');
}

/** The command that takes a plan's lines on its input. With -force one bad line does not keep back the others. */
export function batchCommand({ sudo }: Pick<LinuxOptions, 'sudo'>): string {
  return `${sudo ? 'sudo -n ' : ''}ip -force -batch -`;
}

/**
 * The lines of a plan, removals first. Throws DETOUR_GUARD_REFUSED for anything but host routes.
 * `add`, never `replace`: a foreign route of the same prefix makes it fail instead of being overwritten.
 * The protocol is a number throughout: iproute2 6.1 mixes names and numbers up within one batch.
 */
export function changeLines(
  plan: RoutePlan,
  options: Pick<LinuxOptions, 'protocol' | 'table'>,
): readonly string[] {
  checkPlan(plan);
  return [
    ...plan.remove.map((route) => `route del ${routeWords(route, options)}`),
    ...plan.add.map((route) => `route add ${routeWords(route, options)}`),
  ];
}

const routeWords = (
  { prefix, nextHop }: Route,
  { protocol, table }: Pick<LinuxOptions, 'protocol' | 'table'>,
): string => `${prefix} via ${nextHop} proto ${protocol} table ${table}`;

function twice(kind: 'foreign'): readonly 'foreign'[] {
  return [kind, kind];
}
