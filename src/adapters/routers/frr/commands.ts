import type { Route, RoutePlan } from '../../../core/route-plan.ts';
import { familyOf } from '../../../lib/ip.ts';
import { checkPlan } from '../checked-route.ts';

/** What makes a static route ours. */
export interface FrrMark {
  readonly tag: number;
  readonly distance: number;
}

/** Asks a vtysh who it is. Harmless in any other shell. */
export const versionQuestion = 'show version';

/** Everything that a reading needs, in one go; the running configuration comes last because its `end` proves the answer whole. */
export const readingQuestion = [
  'show daemons',
  'show ip route static json',
  'show ipv6 route static json',
  'show running-config',
].join('\n');

/** The two halves of a reading, where each daemon of FRR is met at a port of its own. */
export const tablesQuestion = 'show ip route static json\nshow ipv6 route static json';
export const configurationQuestion = 'show running-config';

export const saveCommand = 'write memory';

/** Fewer lines than this are sent plainly: 2 to 12 ms a line is soon enough, and every version of FRR takes them. */
const batchFrom = 20;

/**
 * FRR commits each static line by itself unless told that more will follow; these are the words that its own
 * file loader (`vtysh -f`) uses. 1,000 lines: 0.6 s with them, 12 s without (FRR 8.4.4).
 */
const batchStart = 'XFRR_start_configuration';
const batchEnd = 'XFRR_end_configuration';

/** The kernel takes at most 128 KiB in one argument, and sshd hands a command over as one. */
const maxTextBytes = 100_000;

/** The lines of a plan, removals first. Throws DETOUR_GUARD_REFUSED for anything but host routes. */
export function changeLines(plan: RoutePlan, mark: FrrMark): readonly string[] {
  checkPlan(plan);
  return [
    ...plan.remove.map((route) => `no ${routeLine(route, mark)}`),
    ...plan.add.map((route) => routeLine(route, mark)),
  ];
}

/** Whole configuration dialogues for these lines, each short enough for one command. */
export function dialogues(lines: readonly string[], isBatched: boolean): readonly string[] {
  const texts: string[] = [];
  let part: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (bytes + line.length + 1 > maxTextBytes) {
      texts.push(dialogue(part, isBatched));
      part = [];
      bytes = 0;
    }
    part.push(line);
    bytes += line.length + 1;
  }
  return part.length === 0 ? texts : [...texts, dialogue(part, isBatched)];
}

/** One dialogue for the input of a vtysh, which takes it in any length: what a timer on the router says when nobody is there. */
export function unattendedLines(
  lines: readonly string[],
  { writeMemory }: { readonly writeMemory: boolean },
): readonly string[] {
  // A vtysh that does not know the words of a batch says so and goes on line by line.
  const text = dialogue(lines, isWorthBatch(lines));
  return [...text.split('\n'), ...(writeMemory ? [saveCommand] : [])];
}

/** True when these lines are many enough to be sent as a batch. */
export function isWorthBatch(lines: readonly string[]): boolean {
  return lines.length >= batchFrom;
}

/** True when an answer says that this FRR does not know batches; it has then done nothing yet. */
export function isBatchUnknown(answer: string): boolean {
  return answer.includes(`% Unknown command: ${batchStart}`);
}

/** A vtysh text as a command for a login that meets vtysh, or a shell. */
export function asCommand(text: string, shell: 'vtysh' | 'sh'): string {
  // Our texts hold no quotes: they are made of fixed words, numbers and canonical addresses.
  return shell === 'vtysh' ? text : `vtysh -c '${text}'`;
}

const routeLine = ({ prefix, nextHop }: Route, { tag, distance }: FrrMark): string =>
  `${familyOf(prefix) === 'ipv4' ? 'ip' : 'ipv6'} route ${prefix} ${nextHop} tag ${tag} ${distance}`;

function dialogue(lines: readonly string[], isBatched: boolean): string {
  const body = isBatched ? [batchStart, ...lines, batchEnd] : lines;
  return ['configure terminal', ...body, 'end'].join('\n');
}
