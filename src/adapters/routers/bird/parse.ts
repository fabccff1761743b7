import {
  type ObservedRoute,
  type Route,
  type RouterReading,
  routeKey,
} from '../../../core/route-plan.ts';
import { hostPrefixAddress, parseAddress, parsePrefix } from '../../../lib/ip.ts';
import { answerMark } from './commands.ts';

export type BirdAnswer =
  | { readonly reading: RouterReading }
  /** Why no reading can be trusted. */
  | { readonly problem: string };

/** Takes the answer to `readingCommand` apart. Never throws; an answer that is not whole has no reading. */
export function parseReading(
  stdout: string,
  [name4, name6]: readonly [string, string],
): BirdAnswer {
  const parts = splitAnswers(stdout);
  if (parts === undefined) {
    return { problem: 'the answer is not whole' };
  }
  const [protocols, all, own4, own6, primary, pending, terms] = parts;
  if (!(protocols?.isDone && primary?.isDone && pending?.isDone && isStaticList(all))) {
    return { problem: firstWords(parts) };
  }
  const signed = signatureOf(terms);
  if (signed === undefined) {
    return { problem: 'the term in its file cannot be read' };
  }
  const running = protocolsOf(protocols.lines);
  const own: Route[] = [];
  for (const [name, answer] of [
    [name4, own4],
    [name6, own6],
  ] as const) {
    // A protocol that BIRD has not been told of yet has no routes; one that it has must be readable.
    if (!answer?.isDone && running.includes(name)) {
      return { problem: `the routes of ${name} cannot be read` };
    }
    own.push(...(answer?.isDone ? staticRoutes(answer.lines) : []));
  }
  const best = new Set(bestRoutes(primary.lines, [name4, name6]));
  const reading: RouterReading = {
    owned: own.map(
      (route): ObservedRoute => ({ ...route, isInstalled: best.has(routeKey(route)) }),
    ),
    foreign: without(all.isDone ? staticRoutes(all.lines) : [], own),
  };
  const isUnconfirmed = pending.lines.includes('pending');
  return {
    reading: { ...reading, ...signed, ...(isUnconfirmed ? { isUnconfirmed } : {}) },
  };
}

/** The newest term with which a file is signed, if any is; undefined when that cannot be told. */
function signatureOf(terms: Answer | undefined): Pick<RouterReading, 'term'> | undefined {
  if (terms?.isDone !== true || !terms.lines.every((line) => /^\d{1,16}$/.test(line))) {
    return undefined;
  }
  return terms.lines.length === 0 ? {} : { term: Math.max(...terms.lines.map(Number)) };
}

/** BIRD calls it an error to be asked for static routes while it has no static protocol. */
function isStaticList(answer: Answer | undefined): answer is Answer {
  return (
    answer !== undefined &&
    (answer.isDone || answer.lines.join() === 'There is no Static protocol running')
  );
}

/** True when BIRD says that it has taken a configuration. */
export function isLoaded(stdout: string): boolean {
  return /^(Reconfigured|Reconfiguration in progress)/m.test(stdout);
}

interface Answer {
  readonly lines: readonly string[];
  readonly isDone: boolean;
}

const answersExpected = 7;

function splitAnswers(stdout: string): readonly Answer[] | undefined {
  const answers: Answer[] = [];
  let lines: string[] = [];
  for (const line of stdout.replaceAll('\r', '').split('\n')) {
    if (!line.startsWith(answerMark)) {
      lines.push(line);
      continue;
    }
    answers.push({
      lines: lines.filter((text) => text.trim() !== '' && !isGreeting(text)),
      isDone: line === `${answerMark}0`,
    });
    lines = [];
  }
  return answers.length === answersExpected && stdout.endsWith('\n') ? answers : undefined;
}

const isGreeting = (line: string): boolean =>
  /^BIRD \S+ ready\.$/.test(line) || line === 'Access restricted';

function firstWords(answers: readonly Answer[]): string {
  const words = answers.find(({ isDone }) => !isDone)?.lines.join(' ');
  return words || 'birdc gave no answer';
}

function protocolsOf(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.split(/\s+/)[0] ?? '');
}

/** The host routes of `show static`: a line for the prefix, then one for each next hop. */
function staticRoutes(lines: readonly string[]): readonly Route[] {
  const routes: Route[] = [];
  let prefix: string | undefined;
  for (const line of lines) {
    const words = line.trim().split(/\s+/);
    if (!/^\s/.test(line)) {
      prefix = hostPrefixOf(words[0] ?? '');
    }
    const hop = hopOf(/^\s/.test(line) ? words : words.slice(1));
    if (prefix !== undefined && hop !== '') {
      routes.push({ prefix, nextHop: hop });
    }
  }
  return routes;
}

/** The address behind `via`; what leads elsewhere (`blackhole`, `dev eth0`) is told in BIRD's own words. */
function hopOf(words: readonly string[]): string {
  const [verb, hop = ''] = words;
  return verb === 'via' ? (parseAddress(hop) ?? hop) : words.join(' ');
}

/** The keys of our routes by which BIRD really forwards, from `show route primary`. */
function bestRoutes(lines: readonly string[], names: readonly string[]): readonly string[] {
  const keys: string[] = [];
  let prefix: string | undefined;
  for (const line of lines) {
    const route = /^(\S+)\s+unicast \[(\S+) [^\]]*\] \* /.exec(line);
    if (!/^\s/.test(line)) {
      const isOurs = names.includes(route?.[2] ?? '');
      prefix = isOurs ? hostPrefixOf(route?.[1] ?? '') : undefined;
    }
    const hop = parseAddress(/^\s+via (\S+)/.exec(line)?.[1] ?? '');
    if (prefix !== undefined && hop !== undefined) {
      keys.push(routeKey({ prefix, nextHop: hop }));
    }
  }
  return keys;
}

function hostPrefixOf(text: string): string | undefined {
  const prefix = parsePrefix(text);
  return prefix !== undefined && hostPrefixAddress(prefix) !== undefined ? prefix : undefined;
}

/** All but ours, each of ours taken away once: another protocol may have the very same route. */
function without(all: readonly Route[], own: readonly Route[]): readonly Route[] {
  const left = own.map(routeKey);
  return all.filter((route) => {
    const at = left.indexOf(routeKey(route));
    if (at >= 0) {
      left.splice(at, 1);
    }
    return at < 0;
  });
}
