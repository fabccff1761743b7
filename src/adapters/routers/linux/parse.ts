import { z } from 'zod';
import type { ObservedRoute, Route, RouterReading } from '../../../core/route-plan.ts';
import { hostPrefix, hostPrefixAddress, parseAddress } from '../../../lib/ip.ts';
import { answerMark, readingOrder } from './commands.ts';

export type LinuxAnswer =
  | { readonly reading: RouterReading }
  /** Why no reading can be trusted. */
  | { readonly problem: string };

/** Takes the answer to `readingCommand` apart. Never throws; an answer that is not whole has no reading. */
export function parseReading(stdout: string, stderr: string): LinuxAnswer {
  const tables = splitTables(stdout, stderr);
  if (typeof tables === 'string') {
    return { problem: tables };
  }
  const ofKind = (kind: string): readonly KernelRoute[] =>
    tables.filter((_, index) => readingOrder[index] === kind).flat();
  const foreign = ofKind('foreign');
  return {
    reading: {
      owned: ofKind('owned').map((route) => observed(route, foreign)),
      foreign: foreign.map(({ prefix, nextHop }): Route => ({ prefix, nextHop })),
    },
  };
}

/** A line of a batch that `ip` did not carry out. */
export interface BatchFailure {
  readonly line: string;
  readonly words: string;
  /** True when the kernel says that the route is there already, or gone already. */
  readonly isRepeat: boolean;
}

/** Finds the lines of a batch that failed, from what `ip -force -batch` says on stderr. Never throws. */
export function batchFailures(stderr: string, lines: readonly string[]): readonly BatchFailure[] {
  const failures: BatchFailure[] = [];
  let words: string[] = [];
  for (const text of stderr.replaceAll('\r', '').split('\n')) {
    const number = /^Command failed -:(\d+)$/.exec(text)?.[1];
    if (number === undefined) {
      words.push(text);
      continue;
    }
    const line = lines[Number(number) - 1] ?? `line ${number}`;
    const said = words.join(' ').trim();
    failures.push({ line, words: said, isRepeat: isRepeat(line, said) });
    words = [];
  }
  return failures;
}

/** A route as the kernel shows it, host prefixes only. */
interface KernelRoute {
  readonly prefix: string;
  readonly nextHop: string;
  readonly metric: number;
  readonly isUp: boolean;
}

const routeSchema = z.object({
  type: z.string().optional(),
  dst: z.string(),
  gateway: z.string().optional(),
  via: z.object({ host: z.string() }).optional(),
  dev: z.string().optional(),
  metric: z.number().optional(),
  flags: z.array(z.string()).default([]),
  nexthops: z
    .array(z.object({ gateway: z.string().optional(), dev: z.string().optional() }))
    .optional(),
});

const tableSchema = z.array(routeSchema);

function splitTables(stdout: string, stderr: string): readonly (readonly KernelRoute[])[] | string {
  const parts = stdout.split(answerMark);
  if (parts.length !== readingOrder.length + 1 || !stdout.endsWith('\n')) {
    return 'the answer is not whole';
  }
  const tables: (readonly KernelRoute[])[] = [];
  for (const [index] of readingOrder.entries()) {
    const exitCode = /^\d+/.exec(parts[index + 1] ?? '')?.[0];
    const text = (parts[index] ?? '').replace(index === 0 ? /^/ : /^\d+\n/, '').trim();
    const table = exitCode === '0' ? readTable(text) : missingTable(text, stderr);
    if (table === undefined) {
      return `table ${index + 1} of ${readingOrder.length} cannot be read (exit code ${exitCode ?? 'none'})`;
    }
    tables.push(table);
  }
  return tables;
}

/** A routing table that nobody has used yet does not exist, and has no routes. */
function missingTable(text: string, stderr: string): readonly KernelRoute[] | undefined {
  const isUnused = stderr.includes('FIB table does not exist') && (text === '[' || text === '');
  return isUnused ? [] : undefined;
}

function readTable(text: string): readonly KernelRoute[] | undefined {
  try {
    return tableSchema.parse(JSON.parse(text)).flatMap(kernelRoutes);
  } catch {
    return undefined;
  }
}

function kernelRoutes(route: z.infer<typeof routeSchema>): readonly KernelRoute[] {
  const address = parseAddress(route.dst) ?? hostPrefixAddress(route.dst);
  if (address === undefined) {
    return [];
  }
  const hops = route.nexthops ?? [{ gateway: route.gateway ?? route.via?.host, dev: route.dev }];
  const isUnicast = route.type === undefined || route.type === 'unicast';
  const isUp = isUnicast && !route.flags.some((flag) => flag === 'dead' || flag === 'linkdown');
  return hops.map((hop) => ({
    prefix: hostPrefix(address),
    nextHop: parseAddress(hop.gateway ?? '') ?? hop.dev ?? route.type ?? 'none',
    metric: route.metric ?? 0,
    isUp,
  }));
}

function observed(route: KernelRoute, foreign: readonly KernelRoute[]): ObservedRoute {
  const { prefix, nextHop, metric, isUp } = route;
  const isBeaten = foreign.some((other) => other.prefix === prefix && other.metric < metric);
  return { prefix, nextHop, isInstalled: isUp && !isBeaten };
}

function isRepeat(line: string, words: string): boolean {
  return line.startsWith('route del ')
    ? words.includes('No such process')
    : words.includes('File exists');
}
