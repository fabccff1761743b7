import type { Route, RoutePlan } from '../../../core/route-plan.ts';
import { checkPlan } from '../checked-route.ts';
import { communityNumber } from '../gobgp/schema.ts';
import type { ExabgpOptions } from './schema.ts';

/** Exit codes of our own shell lines, and 124 of timeout(1). */
export const exabgpExit = { notListening: 71, noPipes: 72, busy: 75, late: 124 } as const;

/** Begins the line with which each answer ends; the word behind it is ExaBGP's own. */
export const answerMark = '--detour--';

/** What a reading asks. */
export const readingLines = ['show neighbor summary', 'show adj-rib out extensive'] as const;

/** ExaBGP may be slow and must not be waited for without end: nobody else would free its pipe. */
const limitSeconds = 20;

/** A line stays below PIPE_BUF (4096), so that lines of others never end up within it. */
const prefixesPerLine = 50;

/**
 * Takes ExaBGP's command lines on its input, sends one at a time, and prints each answer. What an earlier speaker left
 * unread is passed over: the answer to `version` is the first that is believed.
 */
export function dialogueCommand({ pipe }: Pick<ExabgpOptions, 'pipe'>): string {
  const script = [
    `p=${pipe}`,
    `[ -p "$p.in" ] && [ -p "$p.out" ] || exit ${exabgpExit.noPipes}`,
    // Open for both ways: ExaBGP answers only into a pipe that somebody reads, and opening it must not wait for ExaBGP.
    'exec 3<>"$p.out"',
    `flock -w 10 3 || exit ${exabgpExit.busy}`,
    // Without a reader this fails at once, instead of leaving a command for whoever reads the pipe later.
    `say() { printf "%s\\n" "$1" | dd of="$p.in" bs=4k oflag=nonblock conv=nocreat,notrunc 2>/dev/null || exit ${exabgpExit.notListening}; }`,
    `hear() { while IFS= read -r l <&3; do case "$l" in done|error|shutdown) echo "${answerMark}$l"; return;; *) printf "%s\\n" "$l";; esac; done; }`,
    'say version',
    'l=; until case "$l" in "exabgp "*) true;; *) false;; esac; do IFS= read -r l <&3 || exit 1; done; hear >/dev/null',
    'while IFS= read -r c; do say "$c"; hear; done',
  ].join('\n');
  // In the foreground it makes no process group of its own: whoever ends ours ends all of it, and the lock with it.
  return `timeout --foreground ${limitSeconds} sh -c '${script}'`;
}

/**
 * The lines of a plan, removals first. Throws DETOUR_GUARD_REFUSED for anything but host routes.
 * A prefix that only moves is announced anew and never withdrawn: to BGP the later route replaces the earlier one.
 */
export function changeLines(plan: RoutePlan, options: ExabgpOptions): readonly string[] {
  checkPlan(plan);
  const added = new Set(plan.add.map(({ prefix }) => prefix));
  const gone = plan.remove.filter(({ prefix }) => !added.has(prefix));
  return [
    ...linesOf('withdraw', gone, attributesOf(options)),
    ...linesOf('announce', plan.add, attributesOf(options, plan)),
  ];
}

/** As much as a part of a large community holds (RFC 8092); a greater number is not told. */
const maxPart = 4_294_967_295;

/** The communities of an announcement. Who announces, and by which decision, is told by large ones as with `gobgp`. */
function attributesOf(
  { community, communities }: ExabgpOptions,
  { term, generation }: Pick<RoutePlan, 'term' | 'generation'> = {},
): string {
  const words = `community [ ${['no-export', community, ...communities].join(' ')} ]`;
  if (term === undefined || term > maxPart) {
    return words;
  }
  const decision =
    generation === undefined || generation > maxPart
      ? ''
      : `${communityNumber(community)}:${term}:${generation} `;
  return `${words} large-community [ ${community}:${term} ${decision}]`;
}

function linesOf(
  verb: 'announce' | 'withdraw',
  routes: readonly Route[],
  attributes: string,
): readonly string[] {
  return [...Map.groupBy(routes, ({ nextHop }) => nextHop)].flatMap(([nextHop, same]) =>
    chunks(same.map(({ prefix }) => prefix)).map(
      (prefixes) =>
        `${verb} attributes next-hop ${nextHop} ${attributes} nlri ${prefixes.join(' ')}`,
    ),
  );
}

function chunks(prefixes: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(prefixes.length / prefixesPerLine);
  return Array.from({ length: count }, (_, at) =>
    prefixes.slice(at * prefixesPerLine, (at + 1) * prefixesPerLine),
  );
}
