import {
  type ObservedRoute,
  type Route,
  type RouterReading,
  routeKey,
} from '../../../core/route-plan.ts';
import { hostPrefix, parseAddress } from '../../../lib/ip.ts';
import { canonicalHost } from '../canonical-host.ts';
import { namePattern, newestTerm } from '../term-mark.ts';

const ourName = new RegExp(` name ${namePattern} `);

/** The answers to one reading, line by line. */
export interface IosAnswers {
  readonly configured4: readonly string[];
  readonly configured6: readonly string[];
  readonly installed4: readonly string[];
  readonly installed6: readonly string[];
}

export type IosReading =
  | { readonly reading: RouterReading }
  /** Why no reading can be trusted. */
  | { readonly problem: string };

/** Takes the answers to one reading apart. Never throws. */
export function parseReading(answers: IosAnswers, tag: number): IosReading {
  // Without IPv6 the device refuses the question; then it has no such routes.
  const hasIpv6 = firstRefusal(answers.installed6) === undefined;
  const refused = firstRefusal([...answers.configured4, ...answers.installed4]);
  if (refused !== undefined) {
    return { problem: `it said "${refused}"` };
  }
  if (!answers.installed4.some((line) => line.startsWith('Gateway of last resort'))) {
    return { problem: 'the IPv4 route table is not whole' };
  }
  if (hasIpv6 && !answers.installed6.some((line) => line.startsWith('IPv6 Routing Table'))) {
    return { problem: 'the IPv6 route table is not whole' };
  }
  const routes = [
    ...answers.configured4.map((line) => configured4(line, tag)),
    ...(hasIpv6 ? answers.configured6.map((line) => configured6(line, tag)) : []),
  ].filter((route) => route !== undefined);
  const installed = new Set([
    ...installed4(answers.installed4),
    ...(hasIpv6 ? installed6(answers.installed6) : []),
  ]);
  const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });
  const term = newestTerm(answers.configured4, tag);
  return {
    reading: {
      ...(term === undefined ? {} : { term }),
      owned: routes
        .filter(({ isOwn }) => isOwn)
        .map(
          (route): ObservedRoute => ({
            ...bare(route),
            isInstalled: installed.has(routeKey(route)),
          }),
        ),
      foreign: routes.filter(({ isOwn }) => !isOwn).map(bare),
    },
  };
}

/** The first line by which the device refuses something, or undefined. */
export function firstRefusal(lines: readonly string[]): string | undefined {
  return lines
    .map((line) => line.trim())
    .find((line) => /^%|^Command authorization failed|^Command rejected/i.test(line));
}

/** True for the words by which the device says that a route to remove is gone already. */
export function isAlreadyGone(refusal: string): boolean {
  return /^% ?No matching route to delete/i.test(refusal);
}

/** Who holds the configuration, from what the device says when it lets nobody else in; undefined when it does not. */
export function lockHolder(lines: readonly string[]): string | undefined {
  const line = lines.find((text) =>
    /configuration mode (is )?locked (exclusively )?by/i.test(text),
  );
  return line === undefined ? undefined : (/user '([^']*)'/i.exec(line)?.[1] ?? 'somebody');
}

/** True when the device cannot go back by itself because it keeps no archive. */
export function isArchiveMissing(lines: readonly string[]): boolean {
  return lines.some((line) => /archive/i.test(line) && /^%/.test(line.trim()));
}

/** Who waits for a change to be confirmed, from the answer about the timer; undefined when nobody does. */
export function pendingOwner(lines: readonly string[]): string | undefined {
  if (isNothingPending(lines)) {
    return undefined;
  }
  const user = lines.map((line) => /^\s*User: *(\S+)/.exec(line)?.[1]).find(Boolean);
  const isTimer = lines.some((line) => /^\s*Timer (value|type):/.test(line));
  return user ?? (isTimer ? 'somebody' : undefined);
}

/** True when no change waits to be confirmed. */
export function isNothingPending(lines: readonly string[]): boolean {
  return lines.some((line) => /No Rollback Confirmed Change pending/i.test(line));
}

interface ConfiguredRoute extends Route {
  readonly isOwn: boolean;
}

function configured4(line: string, tag: number): ConfiguredRoute | undefined {
  const [, , prefix = '', mask = '', ...rest] = line.trim().split(/\s+/);
  const address = parseAddress(prefix);
  return line.startsWith('ip route ') && address !== undefined && mask === '255.255.255.255'
    ? configured(hostPrefix(address), rest, tag)
    : undefined;
}

function configured6(line: string, tag: number): ConfiguredRoute | undefined {
  const [, , prefixText = '', ...rest] = line.trim().split(/\s+/);
  const prefix = canonicalHost(prefixText);
  return line.startsWith('ipv6 route ') && prefix !== undefined
    ? configured(prefix, rest, tag)
    : undefined;
}

function configured(
  prefix: string,
  [hop = '', ...options]: readonly string[],
  tag: number,
): ConfiguredRoute {
  const nextHop = parseAddress(hop);
  return {
    prefix,
    nextHop: nextHop ?? hop,
    isOwn: nextHop !== undefined && isOurForm(options, tag),
  };
}

/** Our form and no other: a route that a person has tied to a track or made permanent is theirs. */
function isOurForm(options: readonly string[], tag: number): boolean {
  const text = ` ${options.join(' ')} `;
  const rest = text
    .replace(` tag ${tag} `, ' ')
    .replace(ourName, ' ')
    .replace(/^ \d{1,3} /, ' ');
  return text.includes(` tag ${tag} `) && rest.trim() === '';
}

/** `S 192.0.2.1/32 [1/0] via 198.51.100.1`; the length stands in a heading when all prefixes of a network share it. */
function installed4(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  let length = '';
  let prefix: string | undefined;
  for (const line of lines) {
    length = /^\s+\S+\/(\d{1,2}) is subnetted/.exec(line)?.[1] ?? length;
    const entry = /^S[*+%& ]*\s([\d.]+)(?:\/(\d{1,2}))?\s/.exec(line);
    if (entry !== null) {
      prefix = canonicalHost(`${entry[1]}/${entry[2] ?? length}`);
    } else if (!/^\s+\[\d/.test(line)) {
      prefix = undefined;
    }
    const nextHop = parseAddress(/\[\d+\/\d+\] via ([\d.]+)/.exec(line)?.[1] ?? '');
    if (prefix !== undefined && nextHop !== undefined) {
      found.push(routeKey({ prefix, nextHop }));
    }
  }
  return found;
}

/** `S 2001:DB8::1/128 [1/0]`, and on the lines after it ` via 2001:DB8:4::10`. */
function installed6(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  let prefix: string | undefined;
  for (const line of lines) {
    const entry = /^(\S)\S*\s+([0-9A-Fa-f:]+\/\d{1,3})\s/.exec(line);
    if (entry !== null) {
      prefix = entry[1] === 'S' ? canonicalHost(entry[2] ?? '') : undefined;
    }
    const nextHop = parseAddress(/^\s+via ([0-9A-Fa-f:]+)/.exec(line)?.[1] ?? '');
    if (prefix !== undefined && nextHop !== undefined) {
      found.push(routeKey({ prefix, nextHop }));
    }
  }
  return found;
}
