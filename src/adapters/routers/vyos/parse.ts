import {
  type ObservedRoute,
  type Route,
  type RouterReading,
  routeKey,
} from '../../../core/route-plan.ts';
import { parseAddress } from '../../../lib/ip.ts';
import { canonicalHost } from '../canonical-host.ts';
import { markSuffix } from '../term-mark.ts';
import type { readingQuestions } from './commands.ts';
import { installedRoutes } from './table.ts';

/** The answers to one reading, line by line. */
export type VyosAnswers = Readonly<Record<keyof typeof readingQuestions, readonly string[]>>;

export type VyosReading =
  | { readonly reading: RouterReading }
  /** Why no reading can be trusted. */
  | { readonly problem: string };

/** Takes the answers to one reading apart. Never throws. */
export function parseReading(answers: VyosAnswers, description: string): VyosReading {
  const stray = answers.configured.find((line) => !/^set protocols static route6? /.test(line));
  if (stray !== undefined) {
    return { problem: `it said "${stray}" instead of its static routes` };
  }
  const installed = [installedRoutes(answers.installed4), installedRoutes(answers.installed6)];
  if (installed.includes(undefined)) {
    return { problem: 'its route tables are not whole' };
  }
  const [timer = ''] = answers.timer;
  if (answers.timer.length !== 1 || !/^(in)?active$|^failed$/.test(timer)) {
    return { problem: 'it does not say whether a commit waits to be confirmed' };
  }
  const inUse = new Set(installed.flatMap((keys) => keys ?? []));
  const routes = configuredRoutes(answers.configured, description);
  const terms = routes.flatMap(({ isOwn, term }) => (isOwn && term !== undefined ? [term] : []));
  const reading: RouterReading = {
    ...(terms.length === 0 ? {} : { term: Math.max(...terms) }),
    owned: routes
      .filter(({ isOwn }) => isOwn)
      .map((route): ObservedRoute => ({ ...bare(route), isInstalled: inUse.has(routeKey(route)) })),
    foreign: routes.filter(({ isOwn }) => !isOwn).map(bare),
    ...(timer === 'active' ? { isUnconfirmed: true } : {}),
  };
  return { reading };
}

/** The first line by which the device refuses something, or undefined. */
export function firstRefusal(lines: readonly string[]): string | undefined {
  return lines
    .map((line) => line.trim())
    .find((line) =>
      /\bfailed\b|\binvalid\b|\blocked\b|\bnot valid\b|\berror\b|another confirm is pending/i.test(
        line,
      ),
    );
}

/** True when the device, left without a confirmation, loads its last configuration instead of restarting. */
export function reloadsUnconfirmed(action: readonly string[]): boolean {
  return (
    action.length === 1 &&
    /^set system config-management commit-confirm action '?reload'?$/.test(action[0] ?? '')
  );
}

/** True when the device has taken a commit that it goes back from by itself. */
export function isArmed(lines: readonly string[]): boolean {
  return lines.some((line) =>
    /^Initialized commit-confirm; \d+ minutes to confirm before reload$/.test(line.trim()),
  );
}

/** True when the device has ended the timer of an unconfirmed commit. */
export function isTimerStopped(lines: readonly string[]): boolean {
  return lines.some((line) => /^Reload timer stopped$/i.test(line.trim()));
}

interface ConfiguredRoute extends Route {
  readonly isOwn: boolean;
  readonly term: number | undefined;
}

/** Each line sets one thing of one prefix: they belong together. */
function configuredRoutes(
  lines: readonly string[],
  description: string,
): readonly ConfiguredRoute[] {
  const statements = lines.flatMap((line) => {
    const [, target = '', words = ''] =
      /^set protocols static route6? '?([^\s']+)'? ?(.*)$/.exec(line) ?? [];
    const prefix = canonicalHost(target);
    return prefix === undefined ? [] : [{ prefix, words: words.trim().replaceAll("'", '') }];
  });
  return [...Map.groupBy(statements, ({ prefix }) => prefix)].flatMap(([prefix, statement]) =>
    routesOf(
      prefix,
      statement.map(({ words }) => words),
      description,
    ),
  );
}

/** Our form and no other: a route that a person has given a distance, or a second next hop, is theirs. */
function routesOf(
  prefix: string,
  words: readonly string[],
  description: string,
): readonly ConfiguredRoute[] {
  const hops = new Set(
    words.flatMap((line) => /^(?:next-hop|interface) (\S+)/.exec(line)?.slice(1, 2) ?? []),
  );
  const mark = new RegExp(`^description ${description}${markSuffix}$`);
  const others = words.filter((line) => !mark.test(line));
  const [only = ''] = others;
  const isOwn =
    others.length === 1 &&
    words.length === 2 &&
    parseAddress(/^next-hop (\S+)$/.exec(only)?.[1] ?? '') !== undefined;
  const nextHops = hops.size > 0 ? [...hops] : [only.split(' ')[0] ?? ''];
  const told = words.map((line) => /^description .*-t(\d{1,16})(-g\d{1,16})?$/.exec(line)?.[1]);
  const term = told.filter((digits) => digits !== undefined).map(Number)[0];
  return nextHops.map((hop) => ({ prefix, nextHop: parseAddress(hop) ?? hop, isOwn, term }));
}

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });
