import { randomUUID } from 'node:crypto';
import type { Route, RoutePlan } from '../../../core/route-plan.ts';
import { familyOf } from '../../../lib/ip.ts';
import { second } from '../../../lib/time.ts';
import type { ShellLeaseMeans } from '../shell-lease.ts';
import { placeOf } from '../shell-state.ts';
import type { BirdOptions } from './schema.ts';

/** Exit codes of our own shell lines, out of the way of what birdc and the shell use. */
export const birdExit = { cut: 71, pending: 72, gone: 73, fenced: 74 } as const;

/** Splits the answers of one reading; the shell prints it between them. */
export const answerMark = '--detour--';

/** The last line of what we write: a file that was cut off on its way has none. */
const endLine = '# end';

/** The names of our two static protocols. */
export function protocolNames({ protocol }: BirdOptions): readonly [string, string] {
  return [`${protocol}4`, `${protocol}6`];
}

/** A fresh name for one unconfirmed change. */
export function newChangeId(): string {
  return randomUUID();
}

/** One shell command that tells everything a reading needs; each answer is followed by its exit code. */
export function readingCommand(options: BirdOptions): string {
  const [name4, name6] = protocolNames(options);
  const questions = [
    'show protocols',
    'show static',
    `show static ${name4}`,
    `show static ${name6}`,
    'show route primary where source = RTS_STATIC',
  ].map((question) => `${birdc(options)} -r '${question}'`);
  return [
    place(options),
    ...[
      ...questions,
      `if ${isPending}; then echo pending; fi`,
      `{ ${termsIn('"$f" "$f.trial"')}; true; }`,
    ].map((command) => `${command}; echo "${answerMark}$?"`),
  ].join('\n');
}

/** Who writes the file, and by which decision. */
export type Signature = Pick<RoutePlan, 'term' | 'generation'>;

/** The whole include file for these routes, signed by the controller that writes it. */
export function fileText(
  routes: readonly Route[],
  options: BirdOptions,
  signature: Signature,
): string {
  return `${fileLines(routes, options, signature).join('\n')}\n`;
}

function fileLines(
  routes: readonly Route[],
  options: BirdOptions,
  { term, generation }: Signature,
): readonly string[] {
  const [name4, name6] = protocolNames(options);
  const of = (family: 'ipv4' | 'ipv6', name: string): readonly string[] => [
    `protocol static ${name} {`,
    `  ${family};`,
    ...routes.filter(({ prefix }) => familyOf(prefix) === family).map(routeLine),
    '}',
  ];
  return [
    '# Written by Detour with every change; what others write here is lost.',
    ...(term === undefined ? [] : [`# term ${term}`]),
    ...(term === undefined || generation === undefined ? [] : [`# generation ${generation}`]),
    ...of('ipv4', name4),
    ...of('ipv6', name6),
    endLine,
  ];
}

/** One route as a line of the include file. */
export function routeLine({ prefix, nextHop }: Route): string {
  return `  route ${prefix} via ${nextHop};`;
}

/** Takes the file on its input and has BIRD load it; what BIRD refuses leaves the earlier file in place. */
export function applyCommand(options: BirdOptions): string {
  return [
    ...receive(options),
    'mv "$f.new" "$f"',
    `${birdc(options)} configure; e=$?`,
    '[ $e = 0 ] || mv "$f.before" "$f"',
    'rm -f "$f.before"',
    'exit $e',
  ].join('\n');
}

/**
 * Has BIRD load the file on its input and go back by itself. On disk the earlier file stays: whatever reloads BIRD
 * before the confirmation, or starts it anew, loads what was confirmed.
 */
export function trialCommand(options: BirdOptions, id: string, undoAfterMs: number): string {
  const seconds = Math.ceil(undoAfterMs / second);
  return [
    place(options),
    `if ${isPending}; then exit ${birdExit.pending}; fi`,
    ...receive(options),
    `{ echo "# until $(( $(date +%s) + ${seconds} )) ${id}"; cat "$f.new"; } > "$f.trial"`,
    'mv "$f.new" "$f"',
    `${birdc(options)} configure timeout ${seconds}; e=$?`,
    'mv "$f.before" "$f"',
    '[ $e = 0 ] || rm -f "$f.trial"',
    'exit $e',
  ].join('\n');
}

/** Makes the change stay; exits with `birdExit.gone` when BIRD has gone back or was loaded anew. */
export function confirmCommand(options: BirdOptions, id: string): string {
  return [
    place(options),
    `grep -q "^# until [0-9]* ${id}$" "$f.trial" 2>/dev/null || exit ${birdExit.gone}`,
    `case "$(${birdc(options)} configure confirm)" in`,
    '*"Reconfiguration confirmed"*) mv "$f.trial" "$f" ;;',
    `*) rm -f "$f.trial"; exit ${birdExit.gone} ;;`,
    'esac',
  ].join('\n');
}

/**
 * Takes the change back by loading what is on disk. Never `configure undo`: if somebody has loaded BIRD anew since,
 * that would take back their change and not ours.
 */
export function cancelCommand(options: BirdOptions, id: string): string {
  return [
    place(options),
    `grep -q "^# until [0-9]* ${id}$" "$f.trial" 2>/dev/null || exit 0`,
    `${birdc(options)} configure || exit $?`,
    'rm -f "$f.trial"',
  ].join('\n');
}

/** How the leases of routes are kept on this router: their lines are taken out of the file, and BIRD loads it. */
export function leaseMeans(options: BirdOptions): ShellLeaseMeans {
  const file = options.includeFile;
  const [name4] = protocolNames(options);
  return {
    place: placeOf(`bird-${name4}`),
    takeBack: `{ sed "/^#/d" | grep -vxFf - ${file} > ${file}.lease; mv ${file}.lease ${file}; ${birdc(options)} configure; }`,
  };
}

/** The lines of the include file that these routes are. */
export function leaseLines(routes: readonly Route[]): readonly string[] {
  return routes.map(routeLine);
}

const isPending =
  '[ "$(sed -n "1s/^# until \\([0-9]*\\) .*/\\1/p" "$f.trial" 2>/dev/null || echo 0)" -gt "$(date +%s)" ] 2>/dev/null';

/** Prints the terms with which these files are signed. */
const termsIn = (files: string): string => `sed -n 's/^# term //p' ${files} 2>/dev/null`;

function birdc({ socket }: BirdOptions): string {
  return socket === undefined ? 'birdc' : `birdc -s ${socket}`;
}

/** Debian keeps birdc in /usr/sbin, which a login over SSH that is not root's has not in its path. */
function place({ includeFile }: BirdOptions): string {
  return `PATH=$PATH:/usr/sbin f=${includeFile}`;
}

/** The lines that take the new file in whole, beside the old one, and keep a copy of that. */
function receive(options: BirdOptions): readonly string[] {
  return [
    // A lost session must not stop it between two steps.
    "trap '' HUP PIPE",
    place(options),
    'cat > "$f.new"',
    `[ "$(tail -n 1 "$f.new")" = "${endLine}" ] || exit ${birdExit.cut}`,
    // Here, right before the routes, however long the file was on its way: whoever wrote in a newer term goes before.
    `t=$(${termsIn('"$f.new"')}); o=$(${termsIn('"$f" "$f.trial"')} | sort -n | tail -n 1)`,
    `[ -z "$t" ] || [ "\${o:-0}" -le "$t" ] || exit ${birdExit.fenced}`,
    'cp "$f" "$f.before" 2>/dev/null || : > "$f.before"',
  ];
}
