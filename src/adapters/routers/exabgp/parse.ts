import type { Route } from '../../../core/route-plan.ts';
import { hostPrefixAddress, parseAddress, parsePrefix } from '../../../lib/ip.ts';
import { answerMark } from './commands.ts';

/** A host route that one neighbour is told, or will be told as soon as its session is up. */
export interface ToldRoute extends Route {
  readonly neighbour: string;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
}

/** Everything that ExaBGP tells of itself. */
export interface ExabgpReading {
  readonly neighbours: readonly { readonly address: string; readonly isEstablished: boolean }[];
  readonly told: readonly ToldRoute[];
}

/** Takes the answers to `readingLines` apart; undefined when they are not whole or not what was asked for. */
export function parseReading(stdout: string): ExabgpReading | undefined {
  const [summary, table, ...more] = splitAnswers(stdout) ?? [];
  if (summary === undefined || table === undefined || more.length > 0) {
    return;
  }
  const neighbours = neighboursOf(summary);
  const lines = table.map(toldLine);
  return neighbours === undefined || lines.includes('unreadable')
    ? undefined
    : { neighbours, told: lines.filter((line) => typeof line === 'object') };
}

/** The newest term that our announcements carry, if any does. */
export function newestTermOf(told: readonly ToldRoute[], community: string): number | undefined {
  const terms = told
    .filter(({ communities }) => communities.includes(community))
    .flatMap(({ largeCommunities }) => largeCommunities)
    .filter((words) => words.startsWith(`${community}:`))
    .map((words) => Number(words.slice(community.length + 1)))
    .filter(Number.isSafeInteger);
  return terms.length === 0 ? undefined : Math.max(...terms);
}

/** True when ExaBGP took every one of so many lines, and said nothing else. */
export function isTaken(stdout: string, lines: number): boolean {
  return stdout === `${answerMark}done\n`.repeat(lines);
}

/** The lines of each answer; undefined when one ended otherwise than well, or the last did not end. */
function splitAnswers(stdout: string): readonly (readonly string[])[] | undefined {
  const answers: string[][] = [];
  let lines: string[] = [];
  for (const line of stdout.split('\n')) {
    if (!line.startsWith(answerMark)) {
      lines.push(line);
    } else if (line === `${answerMark}done`) {
      answers.push(lines.filter((text) => text.trim() !== ''));
      lines = [];
    } else {
      return;
    }
  }
  return lines.join('') === '' && stdout.endsWith('\n') ? answers : undefined;
}

function neighboursOf([header, ...rows]: readonly string[]):
  | ExabgpReading['neighbours']
  | undefined {
  if (!header?.startsWith('Peer ')) {
    return;
  }
  return rows.map((row) => ({
    address: row.split(/\s+/)[0] ?? '',
    isEstablished: /\sestablished\s/.test(row),
  }));
}

/** One line of the table. Networks and other families are nobody's host route: passed over. */
function toldLine(line: string): ToldRoute | 'other' | 'unreadable' {
  const head = /^neighbor (\S+) .* family-allowed \S+ (\S+ \S+) (.*)$/.exec(line);
  const [, neighbour, family = '', route = ''] = head ?? [];
  if (neighbour === undefined) {
    return 'unreadable';
  }
  if (family !== 'ipv4 unicast' && family !== 'ipv6 unicast') {
    return 'other';
  }
  const [, prefixText = '', hopText = ''] = /^(\S+) next-hop (\S+)/.exec(route) ?? [];
  const prefix = parsePrefix(prefixText);
  const nextHop = parseAddress(hopText);
  if (prefix === undefined || nextHop === undefined) {
    return 'unreadable';
  }
  return hostPrefixAddress(prefix) === undefined
    ? 'other'
    : {
        neighbour,
        prefix,
        nextHop,
        communities: communitiesOf(route, / community (?:\[ ([^\]]*)\]|(\S+))/),
        largeCommunities: communitiesOf(route, / large-community (?:\[ ([^\]]*)\]|(\S+))/),
      };
}

/** `community [ one two ]`, or `community one`; extended and large ones have other names. */
function communitiesOf(route: string, form: RegExp): readonly string[] {
  const [, many, one] = form.exec(route) ?? [];
  return (many ?? one ?? '').split(' ').filter(Boolean);
}
