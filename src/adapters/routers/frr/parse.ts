import { z } from 'zod';
import {
  type ObservedRoute,
  type Route,
  type RouterReading,
  routeKey,
} from '../../../core/route-plan.ts';
import { familyOf, hostPrefixAddress, parseAddress, parsePrefix } from '../../../lib/ip.ts';

/** A static host route as the running configuration has it. */
export interface ConfiguredRoute extends Route {
  /** True for a line that carries our tag and has the form that we write. */
  readonly isOwn: boolean;
}

export interface FrrReading extends RouterReading {
  readonly configured: readonly ConfiguredRoute[];
}

export type FrrAnswer =
  | { readonly reading: FrrReading }
  /** Why no reading can be trusted. */
  | { readonly problem: string };

/** Takes the answer to `readingQuestion` apart. Never throws; an answer that is not whole has no reading. */
export function parseReading(answer: string, tag: number): FrrAnswer {
  const lines = answer.replaceAll('\r', '').split('\n');
  const daemonsAt = lines.findIndex((line) => line.trim() !== '');
  const daemons = (lines[daemonsAt] ?? '').trim().split(/\s+/);
  const missing = ['zebra', 'staticd'].filter((daemon) => !daemons.includes(daemon));
  if (missing.length > 0) {
    // Without staticd the running configuration shows no static routes and no error.
    return { problem: `not running there: ${missing.join(', ')}` };
  }
  const ipv4 = takeTable(lines, daemonsAt + 1);
  const ipv6 = ipv4 && takeTable(lines, ipv4.next);
  if (ipv4 === undefined || ipv6 === undefined) {
    return { problem: 'the route tables are not whole' };
  }
  const configured = takeConfiguration(lines.slice(ipv6.next), tag);
  if (configured === undefined) {
    return { problem: 'the running configuration is not whole' };
  }
  const installed = new Set([...ipv4.installed, ...ipv6.installed]);
  const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });
  const owned = configured
    .filter(({ isOwn }) => isOwn)
    .map(
      (route): ObservedRoute => ({ ...bare(route), isInstalled: installed.has(routeKey(route)) }),
    );
  const foreign = configured.filter(({ isOwn }) => !isOwn).map(bare);
  return { reading: { owned, foreign, configured } };
}

/** True when the answer to `versionQuestion` comes from a vtysh. */
export function isFrrVersion(answer: string): boolean {
  return /^FRRouting \d/m.test(answer);
}

/** The first line that refuses something, or undefined. A removal of what is not there is done, not refused. */
export function firstRefusal(answer: string): string | undefined {
  return answer
    .replaceAll('\r', '')
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line.startsWith('%') && line !== alreadyGone);
}

/**
 * Why the answer to `saveCommand` is not that of a saved configuration, or undefined. FRR says so in plain words and
 * without an error of any kind: each daemon, or vtysh for all of them, tells what it could not write.
 */
export function saveProblem(answer: string): string | undefined {
  const lines = answer
    .replaceAll('\r', '')
    .split('\n')
    .map((line) => line.trim());
  const trouble = lines.find((line) => /^(can't|cannot|could not|error|%)/i.test(line));
  const isSaved = lines.some((line) => /configuration saved to /i.test(line));
  return trouble ?? (isSaved ? undefined : 'it does not say that it saved its configuration');
}

const alreadyGone = '% Refusing to remove a non-existent route';

const hopSchema = z.object({
  ip: z.string().optional(),
  fib: z.boolean().optional(),
  active: z.boolean().optional(),
  recursive: z.boolean().optional(),
});

type Hop = z.infer<typeof hopSchema>;

const tableSchema = z.record(
  z.string(),
  z.array(
    z.object({
      protocol: z.string(),
      selected: z.boolean().optional(),
      installed: z.boolean().optional(),
      nexthops: z.array(hopSchema).optional(),
    }),
  ),
);

interface Table {
  /** Keys of the routes by which packets are really forwarded. */
  readonly installed: readonly string[];
  /** The line after the table. */
  readonly next: number;
}

function takeTable(lines: readonly string[], from: number): Table | undefined {
  const isEmpty = lines[from] === '{}';
  const end = isEmpty ? from : lines.indexOf('}', from);
  if (end < from || (!isEmpty && lines[from] !== '{')) {
    return undefined;
  }
  const table = tableSchema.safeParse(parseJson(lines.slice(from, end + 1).join('\n')));
  if (!table.success) {
    return undefined;
  }
  const installed = Object.entries(table.data).flatMap(([prefix, routes]) =>
    routes
      .filter((route) => route.protocol === 'static' && route.selected && route.installed)
      .flatMap(({ nexthops = [] }) => forwarding(nexthops))
      .map((hop) => routeKey({ prefix, nextHop: hop.ip ?? '' })),
  );
  return { installed, next: end + 1 };
}

/**
 * The next hops by which packets are forwarded. One that is no neighbour (`recursive`) is followed by the neighbours
 * that lead there, and those bear the mark of the kernel (`fib`) in its place.
 */
function forwarding(hops: readonly Hop[]): readonly Hop[] {
  const isAnyInKernel = hops.some((hop) => hop.fib && hop.active && !hop.recursive);
  return hops.filter((hop) => hop.active && (hop.fib || (hop.recursive && isAnyInKernel)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function takeConfiguration(
  lines: readonly string[],
  tag: number,
): readonly ConfiguredRoute[] | undefined {
  const start = lines.indexOf('Current configuration:');
  // The only unindented `end` is the last line; a cut answer has none.
  const end = lines.lastIndexOf('end');
  if (start < 0 || end < start || lines.slice(end + 1).some((line) => line.trim() !== '')) {
    return undefined;
  }
  return lines
    .slice(start + 1, end)
    .map((line) => configuredRoute(line, tag))
    .filter((route) => route !== undefined);
}

/** Reads one line of the default VRF; lines of other VRFs are indented and not ours to look at. */
function configuredRoute(line: string, tag: number): ConfiguredRoute | undefined {
  const match = /^(ip|ipv6) route (\S+) (\S.*)$/.exec(line.trimEnd());
  const [, word = '', prefixText = '', restText = ''] = match ?? [];
  const prefix = parsePrefix(prefixText);
  if (prefix === undefined || hostPrefixAddress(prefix) === undefined) {
    return undefined;
  }
  if (familyOf(prefix) !== (word === 'ip' ? 'ipv4' : 'ipv6')) {
    return undefined;
  }
  const [hop = '', ...rest] = restText.split(' ');
  const nextHop = parseAddress(hop);
  // Our form and no other: a trailing word would make it a route through an interface of that name.
  const isOwn =
    nextHop !== undefined && new RegExp(`^tag ${tag}( \\d{1,3})?$`).test(rest.join(' '));
  return { prefix, nextHop: nextHop ?? hop, isOwn };
}
