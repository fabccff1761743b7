import type { HostFacts } from '../../core/facts.ts';
import { parsePrefix } from '../../lib/ip.ts';

/** Which connections and processes of a machine are those of its web server. */
export interface WebServer {
  readonly ports: readonly number[];
  /** Users that its processes run as. */
  readonly users: readonly string[];
}

/** The bytes of an address as /proc/net/tcp writes them: words of 32 bits, each with its lowest byte first. */
function bytesOf(hex: string): readonly number[] {
  const words = hex.match(/.{8}/g) ?? [];
  return words.flatMap((word) =>
    (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).toReversed(),
  );
}

const isMapped = (bytes: readonly number[]): boolean =>
  bytes.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255';

/** The source that an address of /proc/net/tcp belongs to: an IPv4 address, or the /64 of an IPv6 one. */
export function sourceOf(hex: string): string | undefined {
  const bytes = bytesOf(hex);
  if (bytes.length === 4) {
    return bytes.join('.');
  }
  if (bytes.length !== 16) {
    return;
  }
  if (isMapped(bytes)) {
    return bytes.slice(12).join('.');
  }
  const groups = [0, 2, 4, 6].map((at) =>
    (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16),
  );
  return parsePrefix(`${groups.join(':')}::/64`);
}

const isLoopback = (source: string): boolean => source.startsWith('127.') || source === '::/64';

type ConnectionFacts = Pick<
  HostFacts,
  'topSource' | 'topSourceConnections' | 'loopbackConnections'
>;

/** How many connections one line tells of, and whose they are; `self` for the machine's own. */
function readLine(
  line: string,
  { ports }: WebServer,
): { count: number; source: string } | undefined {
  const [count = '', port = '', client = ''] = line.trim().split(' ');
  const source = client === 'self' ? client : sourceOf(client);
  if (source === undefined || !ports.includes(Number.parseInt(port, 16))) {
    return;
  }
  return { count: Number(count), source: isLoopback(source) ? 'self' : source };
}

/** Counts the connections to the web server: those of the source that holds most, and those that the machine has to itself. */
export function connectionFacts(text: string, server: WebServer): ConnectionFacts {
  const bySource = new Map<string, number>();
  for (const line of text.split('\n')) {
    const found = readLine(line, server);
    if (found !== undefined) {
      bySource.set(found.source, (bySource.get(found.source) ?? 0) + found.count);
    }
  }
  const { self: loopbackConnections = 0, ...others } = Object.fromEntries(bySource);
  const [top] = Object.entries(others).toSorted(([, one], [, other]) => other - one);
  return {
    loopbackConnections,
    topSourceConnections: top?.[1] ?? 0,
    ...(top === undefined ? {} : { topSource: top[0] }),
  };
}

/** Resident memory of the largest process of the web server, those that it started included as they run as its user. */
export function memoryFacts(
  text: string,
  { users }: WebServer,
): Pick<HostFacts, 'memoryPerProcessMb'> {
  const sizes = text.split('\n').flatMap((line) => {
    const [kib = '', user = ''] = line.trim().split(/\s+/);
    return users.includes(user) ? [Number(kib) / 1_024] : [];
  });
  return sizes.length === 0 ? {} : { memoryPerProcessMb: Math.round(Math.max(...sizes)) };
}

/** Load of the last minute. */
export function loadFacts(text: string): Pick<HostFacts, 'load1'> {
  const load1 = Number.parseFloat(text);
  return Number.isFinite(load1) ? { load1 } : {};
}

/**
 * Workers of Apache's status page (`?auto`): the scoreboard has one letter for each, a dot where none runs.
 * Any other page, one of our own notices too, says nothing.
 */
export function statusFacts(text: string): Pick<HostFacts, 'busyWorkers' | 'maxWorkers'> {
  const busy = /^BusyWorkers: (\d+)$/m.exec(text)?.[1];
  const scoreboard = /^Scoreboard: ([\x21-\x7e]+)$/m.exec(text)?.[1];
  return busy === undefined || scoreboard === undefined
    ? {}
    : { busyWorkers: Number(busy), maxWorkers: scoreboard.length };
}
