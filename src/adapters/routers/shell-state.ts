/** Exit codes of our own shell lines, out of the way of what router tools and the shell use. */
export const shellExit = {
  noFolder: 71,
  pending: 72,
  gone: 73,
  fenced: 74,
  lapsed: 75,
  cut: 76,
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
        't="$d/term-$n"',
        `[ "$(cat "$t" 2>/dev/null || echo 0)" -le ${term} ] || exit ${shellExit.fenced}`,
        `echo ${term} > "$t.${term}" && mv "$t.${term}" "$t" || exit ${shellExit.noFolder}`,
      ];
}
