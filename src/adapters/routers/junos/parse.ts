import type { ObservedRoute, Route, RouterReading } from '../../../core/route-plan.ts';
import { hostPrefix, hostPrefixAddress, parseAddress } from '../../../lib/ip.ts';

/** The answers to one reading, line by line. */
export interface JunosAnswers {
  readonly configured: readonly string[];
  readonly installed4: readonly string[];
  readonly installed6: readonly string[];
}

export type JunosReading =
  | { readonly reading: RouterReading }
  /** Why no reading can be trusted. */
  | { readonly problem: string };

/** Takes the answers to one reading apart. Never throws. */
export function parseReading(answers: JunosAnswers, tag: number): JunosReading {
  const refused = firstRefusal([
    ...answers.configured,
    ...answers.installed4,
    ...answers.installed6,
  ]);
  if (refused !== undefined) {
    return { problem: `it said "${refused}"` };
  }
  const strange = answers.configured.find(
    (line) => line !== '' && !/^(set|deactivate|##)/.test(line),
  );
  if (strange !== undefined) {
    return { problem: `its configuration has the line "${strange}"` };
  }
  const isHeaded = answers.installed4.some((line) => /^inet\.0: \d+ destinations/.test(line));
  const entries = configuredRoutes(answers.configured);
  if (!isHeaded && (answers.installed4.length > 0 || entries.length > 0)) {
    return { problem: 'the IPv4 route table is not whole' };
  }
  const installed = new Set([
    ...installedRoutes(answers.installed4),
    ...installedRoutes(answers.installed6),
  ]);
  return {
    reading: {
      owned: entries
        .filter((entry) => isOurs(entry, tag))
        .map(
          ({ prefix, nextHops: [nextHop = ''], isActive }): ObservedRoute => ({
            prefix,
            nextHop,
            isInstalled: isActive && installed.has(key({ prefix, nextHop })),
          }),
        ),
      foreign: entries.filter((entry) => !isOurs(entry, tag)).flatMap(foreignRoutes),
    },
  };
}

/** The first line by which the device refuses something, or undefined. */
export function firstRefusal(lines: readonly string[]): string | undefined {
  return lines
    .map((line) => line.trim())
    .find((line) =>
      /^(error:|syntax error|unknown command|missing argument|invalid (ip|value|input|numeric)|permission denied)/i.test(
        line,
      ),
    );
}

/** Who keeps us out of the candidate, from the answer to `configure exclusive`; undefined when nobody does. */
export function lockHolder(lines: readonly string[]): string | undefined {
  const isLocked = lines.some((line) =>
    /^error: (configuration database (locked|modified)|the configuration has been (changed|modified))/i.test(
      line.trim(),
    ),
  );
  const holder = lines.map((line) => /^\s*(\S+) terminal \S+ \(pid/.exec(line)?.[1]).find(Boolean);
  return isLocked ? (holder ?? 'somebody') : undefined;
}

/** Who waits for a commit to be confirmed, from `show system commit`; undefined when nobody does. */
export function pendingOwner(lines: readonly string[]): string | undefined {
  // The history keeps `commit confirmed` for good; only the newest entry can still be waiting, and it then says so.
  const newest = lines.find((line) => /^\s*0\s/.test(line));
  const isPending =
    newest !== undefined &&
    /commit confirmed, rollback in/i.test(newest) &&
    lines.some((line) => /rollback pending/i.test(line));
  return isPending ? (/ by (\S+) via /.exec(newest)?.[1] ?? 'somebody') : undefined;
}

/** True when the device says that a commit is done. */
export function isCommitted(lines: readonly string[]): boolean {
  return lines.some((line) => /^commit complete$/i.test(line.trim()));
}

/** True when the device says that what stands in its candidate could be committed. */
export function isCheckPassed(lines: readonly string[]): boolean {
  return lines.some((line) => /^configuration check succeeds$/i.test(line.trim()));
}

/** One `static route` statement with everything under it. */
interface Entry {
  readonly prefix: string;
  readonly nextHops: readonly string[];
  readonly tag: string | undefined;
  /** Everything said of it besides its next hops and its tag. */
  readonly others: readonly string[];
  /** False when somebody deactivated it. */
  readonly isActive: boolean;
}

const statement =
  /^(set|deactivate) routing-options (?:rib \S+ )?static route (\S+)(?: (\S+)(?: (.*))?)?$/;

function configuredRoutes(lines: readonly string[]): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const line of lines) {
    const [, verb, prefixText = '', word, rest = ''] = statement.exec(line.trim()) ?? [];
    const prefix = verb === undefined ? undefined : canonicalHost(prefixText);
    if (prefix !== undefined) {
      const entry = entries.get(prefix) ?? emptyEntry(prefix);
      entries.set(prefix, withStatement(entry, verb === 'deactivate', word, rest));
    }
  }
  return [...entries.values()];
}

const emptyEntry = (prefix: string): Entry => ({
  prefix,
  nextHops: [],
  tag: undefined,
  others: [],
  isActive: true,
});

function withStatement(
  entry: Entry,
  isOff: boolean,
  word: string | undefined,
  rest: string,
): Entry {
  if (isOff) {
    return { ...entry, isActive: false };
  }
  switch (word) {
    case undefined:
      return entry;
    case 'next-hop':
      return { ...entry, nextHops: [...entry.nextHops, parseAddress(rest) ?? rest] };
    case 'tag':
      return { ...entry, tag: rest };
    default:
      return { ...entry, others: [...entry.others, `${word} ${rest}`.trim()] };
  }
}

/** Our form and no other: a route to which a person has added anything is theirs. */
function isOurs({ nextHops: [hop, ...more], tag, others }: Entry, ours: number): boolean {
  const isOneHop = hop !== undefined && more.length === 0 && parseAddress(hop) !== undefined;
  return isOneHop && tag === String(ours) && others.length === 0;
}

function foreignRoutes({ prefix, nextHops, others }: Entry): readonly Route[] {
  const hops = nextHops.length > 0 ? nextHops : [others[0] ?? 'none'];
  return hops.map((nextHop) => ({ prefix, nextHop }));
}

/** `192.0.2.1/32 *[Static/5] 00:00:12` with `> to 198.51.100.1 via ge-0/0/0.0` under it; long prefixes stand alone. */
function installedRoutes(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  let prefix: string | undefined;
  let isStatic = false;
  for (const line of lines) {
    const start = /^([0-9A-Fa-f.:]+\/\d{1,3})(\s|$)/.exec(line)?.[1];
    if (start !== undefined) {
      prefix = canonicalHost(start);
      isStatic = false;
    }
    const source = /\*\[(\w+)\/\d+/.exec(line)?.[1];
    isStatic = source === undefined ? isStatic : source === 'Static';
    const nextHop = parseAddress(/\bto ([0-9A-Fa-f.:]+) via /.exec(line)?.[1] ?? '');
    if (prefix !== undefined && isStatic && nextHop !== undefined) {
      found.push(key({ prefix, nextHop }));
    }
  }
  return found;
}

function canonicalHost(text: string): string | undefined {
  const [addressText = '', length = ''] = text.split('/');
  const address = parseAddress(addressText);
  return address !== undefined && hostPrefixAddress(`${address}/${length}`) !== undefined
    ? hostPrefix(address)
    : undefined;
}

const key = ({ prefix, nextHop }: Route): string => `${prefix} via ${nextHop}`;
