import {
  type ObservedRoute,
  type Route,
  type RouterReading,
  routeKey,
} from '../../../core/route-plan.ts';
import { parseAddress } from '../../../lib/ip.ts';
import {
  childrenOf,
  findElement,
  findElements,
  parseXml,
  textOf,
  type XmlElement,
} from '../../netconf/xml.ts';
import { canonicalHost } from '../canonical-host.ts';
import type { JunosQuestion } from './commands.ts';

/** The XML answers to one reading. */
export type JunosAnswers = Readonly<Record<JunosQuestion, string>>;

export type JunosReading =
  | { readonly reading: RouterReading; readonly pending?: PendingCommit }
  /** Why no reading can be trusted. */
  | { readonly problem: string };

/** A commit that the device takes back unless somebody confirms it. */
export interface PendingCommit {
  readonly user: string;
  /** When it was made, in the device's own words: with the user it tells this commit from any other. */
  readonly date: string;
}

/** Takes the answers to one reading apart. Never throws. */
export function parseReading(answers: JunosAnswers, tag: number): JunosReading {
  const configuration = part(answers.configuration, ['configuration', 'data']);
  const tables = [answers.installed4, answers.installed6].map((answer) =>
    part(answer, ['route-information']),
  );
  const commits = parseCommits(answers.commits);
  if (configuration === undefined) {
    return { problem: 'its configuration did not come whole' };
  }
  if (!tables.every((table) => table !== undefined)) {
    return { problem: 'its route table did not come whole' };
  }
  if ('problem' in commits) {
    return commits;
  }
  const routes = configuredRoutes(configuration, tag);
  const installed = new Set(tables.flatMap(installedRoutes));
  const reading: RouterReading = {
    owned: routes
      .filter(({ isOwn }) => isOwn)
      .map(
        (route): ObservedRoute => ({ ...bare(route), isInstalled: installed.has(routeKey(route)) }),
      ),
    foreign: routes.filter(({ isOwn }) => !isOwn).map(bare),
    ...(commits.pending === undefined ? {} : { isUnconfirmed: true }),
  };
  return { reading, ...commits };
}

/** Finds in the history of commits the one that waits to be confirmed: only the newest can. Never throws. */
export function parseCommits(
  answer: string,
): { readonly pending?: PendingCommit } | { readonly problem: string } {
  const history = part(answer, ['commit-information']);
  if (history === undefined) {
    return { problem: 'its history of commits did not come whole' };
  }
  const newest = findElements(history, 'commit-history').find(
    (entry) => textOf(entry, 'sequence-number') === '0',
  );
  // "commit confirmed, rollback in 2mins" stays in the history for good; only "rollback pending" says that it waits.
  if (newest === undefined || !newest.children.some(({ text }) => text === 'rollback pending')) {
    return {};
  }
  return {
    pending: { user: textOf(newest, 'user') || 'somebody', date: textOf(newest, 'date-time') },
  };
}

/** The named part of an answer that has come whole and in which the device reports no error. */
function part(answer: string, names: readonly string[]): XmlElement | undefined {
  const root = parseXml(answer);
  if (
    (root?.name !== 'rpc-reply' || findElement(root, 'error')) ??
    findElement(root, 'rpc-error')
  ) {
    return undefined;
  }
  return names.map((name) => findElement(root, name)).find((found) => found !== undefined);
}

interface ConfiguredRoute extends Route {
  readonly isOwn: boolean;
}

function configuredRoutes(configuration: XmlElement, tag: number): readonly ConfiguredRoute[] {
  const options = findElement(configuration, 'routing-options');
  if (options === undefined) {
    return [];
  }
  const ribs = childrenOf(options, 'rib').filter((rib) =>
    ['inet.0', 'inet6.0'].includes(textOf(rib, 'name')),
  );
  return [options, ...ribs]
    .flatMap((place) => childrenOf(place, 'static'))
    .flatMap((statics) => childrenOf(statics, 'route'))
    .flatMap((route) => configuredRoute(route, tag));
}

/** A statement may name several next hops: to us each is a route. */
function configuredRoute(route: XmlElement, tag: number): readonly ConfiguredRoute[] {
  const prefix = canonicalHost(textOf(route, 'name'));
  if (prefix === undefined) {
    return [];
  }
  const words = childrenOf(route, 'next-hop').map(({ text }) => text);
  const isOwn =
    words.length === 1 && parseAddress(words[0] ?? '') !== undefined && isOurForm(route, tag);
  const nextHops = words.length > 0 ? words : [otherEnd(route)];
  return nextHops.map((word) => ({ prefix, nextHop: parseAddress(word) ?? word, isOwn }));
}

/** Our form and no other: a route that a person has deactivated, protected or given more to do is theirs. */
function isOurForm(route: XmlElement, tag: number): boolean {
  const isTouched = [route, ...route.children].some(({ attributes }) =>
    ['inactive', 'protect'].some((word) => attributes.has(word)),
  );
  const isPlain = route.children.every(({ name }) => ['name', 'next-hop', 'tag'].includes(name));
  const tags = childrenOf(route, 'tag').map((it) => it.text || textOf(it, 'metric-value'));
  return !isTouched && isPlain && tags.length === 1 && tags[0] === String(tag);
}

/** Where a route without a plain next hop leads: `discard`, `reject`, a qualified next hop. */
function otherEnd(route: XmlElement): string {
  const qualified = childrenOf(route, 'qualified-next-hop').map((hop) => textOf(hop, 'name'));
  return qualified[0] ?? route.children.find(({ name }) => name !== 'name')?.name ?? 'nothing';
}

/** Static routes that the device has chosen, with the next hops that it uses. A hidden route is not in the table. */
function installedRoutes(information: XmlElement): readonly string[] {
  return findElements(information, 'rt').flatMap((entry) => {
    const prefix = canonicalHost(textOf(entry, 'rt-destination'));
    return prefix === undefined
      ? []
      : childrenOf(entry, 'rt-entry')
          .filter(
            (route) =>
              textOf(route, 'protocol-name') === 'Static' &&
              childrenOf(route, 'current-active').length > 0,
          )
          .flatMap((route) => childrenOf(route, 'nh'))
          .map((hop) => routeKey({ prefix, nextHop: parseAddress(textOf(hop, 'to')) ?? '' }));
  });
}

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });
