import { DetourError } from '../../lib/errors.ts';
import type { ExecResult } from '../../ports/transport.ts';

/** Exit codes of our own shell lines, out of the way of what router tools and the shell use. */
export const shellExit = {
  noFolder: 71,
  pending: 72,
  gone: 73,
  fenced: 74,
  lapsed: 75,
  cut: 76,
  busy: 77,
} as const;

/** Shell lines that set `d` and `n`: a folder that only this account can write, and a name for one router's mark in it. */
export function placeOf(mark: string): string {
  return [
    // A run-time folder is emptied when the machine starts, like the routes.
    `d=\${XDG_RUNTIME_DIR:-/tmp}/detour-$(id -u)`,
    // Machines that share a file system but not a network (namespaces) are told apart by the network's number.
    `n=${mark}-$(readlink /proc/self/ns/net | tr -dc 0-9)`,
  ].join('; ');
}

/** Shell lines that make the folder, and end the command where it is not our own. */
export const makeFolder = [
  'umask 077',
  `mkdir -p "$d" && [ -O "$d" ] && [ ! -L "$d" ] || exit ${shellExit.noFolder}`,
];

/** Throws when the router says that this command came too late, or that another one was in its way. */
export function expectOurTurn(router: string, { exitCode }: Pick<ExecResult, 'exitCode'>): void {
  if (exitCode === shellExit.fenced) {
    throw new DetourError(`A controller of a newer term has written to ${router}`, {
      code: 'DETOUR_FENCED',
    });
  }
  if (exitCode === shellExit.busy) {
    throw new DetourError(`Another change is still under way on ${router}; nothing was sent`, {
      code: 'DETOUR_ROUTER_LOCKED',
      retryable: true,
    });
  }
}

/** Another change of ours on the router may take this long before the next one gives up. */
const lockSeconds = 20;

/** Shell lines that keep every other changing command of this account from this router's mark until this one has ended. */
const lock = [
  // Without `flock` (util-linux, busybox) the check stands alone, as it did before.
  'exec 9> "$d/lock-$n"',
  `! command -v flock >/dev/null || flock -w ${lockSeconds} 9 || exit ${shellExit.busy}`,
];

/** Redirections of what goes on after the command: it holds neither its session's ends nor its lock. */
export const apart = '</dev/null >/dev/null 2>&1 9>&-';

/**
 * Shell lines that end a command with `shellExit.fenced` when a controller of a newer term has written here, and note the
 * term otherwise. This is where the check belongs: right before the routes, on the router, however long the command was on its way.
 */
export function fence(place: string, term: number | undefined): readonly string[] {
  return term === undefined
    ? []
    : [
        place,
        ...makeFolder,
        // From the check to the last route nobody comes in between, whatever the order in which commands arrive.
        ...lock,
        't="$d/term-$n"',
        `[ "$(cat "$t" 2>/dev/null || echo 0)" -le ${term} ] || exit ${shellExit.fenced}`,
        `echo ${term} > "$t.${term}" && mv "$t.${term}" "$t" || exit ${shellExit.noFolder}`,
      ];
}
