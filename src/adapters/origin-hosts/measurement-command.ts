/** What stands before each part of the answer. */
export const partMark = '#detour ';

/** More different clients than this are no few that hold much. */
const mostClients = 500;

/** Seconds for the status page, which the host asks of itself. */
const statusSeconds = 3;

/** As one word of a POSIX shell, whatever it holds. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * One line of POSIX shell that a plain user may run: load, established connections counted by local port and client
 * (a client that is the machine itself is called `self`), resident memory by user, and the status page if there is one.
 * Counting happens there, so that a flood of connections does not become a flood of text.
 */
export function measurementCommand(statusUrl: string | undefined): string {
  const count = `awk '$4 == "01" { split($2, l, ":"); split($3, r, ":"); n[l[2] " " (l[1] == r[1] ? "self" : r[1])]++ } END { for (k in n) print n[k], k }'`;
  const parts = [
    ['load', 'cat /proc/loadavg'],
    [
      'connections',
      `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | ${count} | sort -rn | head -n ${mostClients}`,
    ],
    ['memory', 'ps -eo rss=,user= 2>/dev/null'],
    ...(statusUrl === undefined ? [] : [['status', statusCommand(quoted(statusUrl))]]),
  ];
  const lines = parts.map(([name, command]) => `echo '${partMark}${name}'; ${command}`);
  return `LC_ALL=C; export LC_ALL; ${lines.join('; ')}; true`;
}

function statusCommand(url: string): string {
  return `{ curl -sf -m ${statusSeconds} ${url} || wget -q -T ${statusSeconds} -O - ${url}; } 2>/dev/null`;
}

/** The parts of the answer by their names. */
export function partsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split(partMark)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return [part.slice(0, end).trim(), part.slice(end + 1)];
      }),
  );
}
