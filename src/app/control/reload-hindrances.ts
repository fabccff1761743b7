import { isDeepStrictEqual } from 'node:util';
import type { RouterSettings, Settings, TransportSettings } from '../../config/settings.ts';
import { desiredRoutes } from '../../core/desired-routes.ts';
import type { State } from '../../core/state.ts';
import { hostPrefixAddress, prefixContains } from '../../lib/ip.ts';

/** Prefixes that this router has from us or is about to get. */
function standingPrefixes(state: State, name: string): readonly string[] {
  const router = state.routers[name];
  const ledger = new Set(router?.ledger);
  const there = (router?.owned ?? []).map(({ prefix }) => prefix).filter((it) => ledger.has(it));
  const wanted = desiredRoutes(state, name).map(({ prefix }) => prefix);
  return [...new Set([...there, ...wanted])];
}

/** Names of the sites that these prefixes are diverted for. */
function sitesBehind(state: State, prefixes: readonly string[]): string {
  const addresses = new Set(prefixes.map((prefix) => hostPrefixAddress(prefix)));
  const names = Object.values(state.config.sites)
    .filter((site) => site.addresses.some((address) => addresses.has(address)))
    .map(({ name }) => name);
  return names.length === 0 ? 'them' : names.join(', ');
}

/** A device proves who it is by its host key: without a pin in common nobody knows that it is still the same. */
function mayBeAnother(one: TransportSettings, other: TransportSettings): boolean {
  if (one.type === 'telnet' && other.type === 'telnet') {
    return one.host !== other.host || one.port !== other.port;
  }
  if (one.type !== 'ssh' || other.type !== 'ssh') {
    return one.type !== other.type;
  }
  return !one.hostKeys.some((key) => other.hostKeys.includes(key));
}

function isReadDifferently(one: RouterSettings, other: RouterSettings): boolean {
  return one.driver !== other.driver || !isDeepStrictEqual(one.options, other.options);
}

function routerHindrance(
  state: State,
  running: RouterSettings,
  wanted: RouterSettings | undefined,
): string | undefined {
  const { name } = running;
  const standing = standingPrefixes(state, name);
  if (standing.length === 0) {
    return undefined;
  }
  const routes = `routes of ours stand there (${standing.join(', ')})`;
  const sites = sitesBehind(state, standing);
  if (wanted === undefined) {
    return `router ${name} is taken out while ${routes} - restore ${sites} first, then reload`;
  }
  if (isReadDifferently(running, wanted)) {
    return `router ${name} gets another driver or other options while ${routes}, which it may not find again - restore ${sites} first, then reload`;
  }
  if (mayBeAnother(running.transport, wanted.transport)) {
    return `router ${name} may become another device while ${routes} - keep one of its host keys in hostKeys, or restore ${sites} first`;
  }
  const left = standing.filter((prefix) => {
    const address = hostPrefixAddress(prefix);
    return (
      address === undefined || !wanted.estate.some((estate) => prefixContains(estate, address))
    );
  });
  return left.length === 0
    ? undefined
    : `the estate of router ${name} no longer holds ${left.join(', ')}, where a route of ours stands - restore ${sitesBehind(state, left)} first, then reload`;
}

function siteHindrances(state: State, wanted: Settings): readonly string[] {
  const fileNames = new Set(wanted.sites.map(({ name }) => name));
  const made = Object.values(state.config.sites).filter(
    ({ name, owner }) => owner === 'api' && !fileNames.has(name),
  );
  const routers = new Set(wanted.routers.map(({ name }) => name));
  return made.flatMap((site) => {
    const missing = site.routers.filter((name) => !routers.has(name));
    const holder = wanted.sites.find(({ hostnames }) =>
      hostnames.some((hostname) => site.hostnames.includes(hostname)),
    );
    return [
      ...(missing.length === 0
        ? []
        : [
            `site ${site.name}, made through the API, uses router ${missing.join(', ')}, which is taken out - change or remove the site first`,
          ]),
      ...(holder === undefined
        ? []
        : [
            `site ${holder.name} has a hostname of site ${site.name}, made through the API - a hostname belongs to one site: change or remove one of them`,
          ]),
    ];
  });
}

/**
 * Why these settings may not take the place of those that hold now, although they are good in themselves:
 * a reload must neither leave a route of ours where Detour can no longer take it away, nor a site without its router.
 */
export function reloadHindrances(
  state: State,
  running: Settings,
  wanted: Settings,
): readonly string[] {
  const routers = running.routers.flatMap((router) => {
    const next = wanted.routers.find(({ name }) => name === router.name);
    return routerHindrance(state, router, next) ?? [];
  });
  return [...routers, ...siteHindrances(state, wanted)];
}
