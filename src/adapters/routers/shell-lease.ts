import { randomUUID } from 'node:crypto';
import type { RouterReading } from '../../core/route-plan.ts';
import { DetourError } from '../../lib/errors.ts';
import { hostPrefix, hostPrefixAddress, parseAddress } from '../../lib/ip.ts';
import { second } from '../../lib/time.ts';
import type { RouteLease } from '../../ports/route-driver.ts';
import type { ExecResult } from '../../ports/transport.ts';
import { apart, expectOurTurn, fence, makeFolder, shellExit } from './shell-state.ts';
import { transcript } from './transcript.ts';

/** How a lease is kept on a router whose account has a shell. */
export interface ShellLeaseMeans {
  /** Shell lines that set `d` to a folder of this account and `n` to a name for this router's mark. */
  readonly place: string;
  /** The command that takes the lines on its input and carries them out; harmless where the routes are gone already. */
  readonly takeBack: string;
}

/** The last line of what we send: a list that was cut off on its way has none. */
const endLine = '# end';

/** A timer that has run out takes the routes back this often, against a daemon that is just being started or an undo that brings one back. */
const attempts = 7;
const pauseSeconds = 10;

/**
 * Takes the lines that take routes back on its input, and starts the timer that will carry them out. As with an undo, the
 * file is the whole state: a timer whose file is gone ends without a word, so each renewal is a new timer and the end of the
 * old ones. What a timer did stays told in `lapsed-…` until a controller that has read it sets a new lease.
 */
export function leaseCommand(
  { place, takeBack }: ShellLeaseMeans,
  { forMs, term, isLapseKnown, routes }: RouteLease,
): string {
  // A run-time folder may go with the last session of an account, which ends when we do: then the timer is still to act.
  const timer = [
    `sleep ${Math.ceil(forMs / second)}`,
    `g() { [ ! -d "\${1%/*}" ]; }`,
    'g "$1" || mv "$1" "$2" 2>/dev/null || exit 0',
    'l=$(cat <&8)',
    'i=0',
    `while [ $i -lt ${attempts} ] && { [ -e "$2" ] || g "$2"; }; do printf "%s\\n" "$l" | ${takeBack}; i=$((i+1)); sleep ${pauseSeconds}; done`,
  ].join('; ');
  const start = [
    'mv "$f.new" "$f"',
    // In a session of its own, so that the end of ours does not end it.
    `setsid sh -c '${timer}' detour-lease "$f" "$d/lapsed-$n" 8< "$f" ${apart} &`,
  ];
  return [
    ...fence(place, term),
    place,
    ...makeFolder,
    ...(isLapseKnown ? [] : [`[ ! -e "$d/lapsed-$n" ] || exit ${shellExit.lapsed}`]),
    `f="$d/lease-$n.${randomUUID()}"`,
    'cat > "$f.new"',
    `[ "$(tail -n 1 "$f.new")" = "${endLine}" ] || { rm -f "$f.new"; exit ${shellExit.cut}; }`,
    ...(isLapseKnown ? ['rm -f "$d/lapsed-$n"'] : []),
    ...(routes.length === 0 ? ['rm -f "$f.new"'] : start),
    // Only now: at no moment are the routes without a timer.
    'for o in "$d/lease-$n".*; do [ "$o" = "$f" ] || rm -f "$o"; done',
  ].join('\n');
}

/** What goes on the input of `leaseCommand`. */
export function leaseInput(lines: readonly string[]): string {
  return `${[...lines, endLine].join('\n')}\n`;
}

/** Shell words that print the lease that stands, and each line that a lapsed one has carried out behind a word of ours. */
export const leaseQuestion = [
  'ls "$d/lease-$n".* 2>/dev/null',
  `sed 's/^/lapsed /' "$d/lapsed-$n" 2>/dev/null`,
].join('; ');

/** The command that asks a router of its leases alone. */
export function leaseQuestionCommand({ place }: ShellLeaseMeans): string {
  return `${place}; ${leaseQuestion}; true`;
}

/** What a reading tells of leases, from the answer to `leaseQuestion` among others. */
export function parseLease(answer: string): Pick<RouterReading, 'holdsLease' | 'lapsed'> {
  const lines = answer.split('\n');
  const lapsed = lines
    .filter((line) => line.startsWith('lapsed '))
    .flatMap((line) => line.split(/\s+/).flatMap(asHostPrefix).slice(0, 1));
  return {
    ...(lines.some((line) => line.includes('/lease-')) ? { holdsLease: true } : {}),
    ...(lapsed.length === 0 ? {} : { lapsed }),
  };
}

/** Throws unless the router has taken the lease. */
export function expectLeased(router: string, command: string, result: ExecResult): void {
  if (result.exitCode === 0) {
    return;
  }
  expectOurTurn(router, result);
  if (result.exitCode === shellExit.lapsed) {
    throw new DetourError(
      `${router} has taken routes back, because their lease had run out; it is read before anything else`,
      { code: 'DETOUR_ROUTE_LEASE_LAPSED', retryable: true },
    );
  }
  throw new DetourError(
    `${router} did not take the lease of its routes: give the account a folder of its own`,
    { code: 'DETOUR_ROUTER_COMMAND_REJECTED', detail: transcript(command, result) },
  );
}

function asHostPrefix(word: string): readonly string[] {
  const address = hostPrefixAddress(word) ?? parseAddress(word);
  return address === undefined ? [] : [hostPrefix(address)];
}
