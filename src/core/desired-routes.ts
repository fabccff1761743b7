import { diversionRoutes, sitesBehind } from './estate.ts';
import { installationOn } from './installation.ts';
import { type Diversion, diversionOf, type Phase } from './phase.ts';
import type { Route } from './route-plan.ts';
import type { RouterSpec, Site } from './site.ts';
import type { SiteState, State } from './state.ts';

/** True while a site's diversion wants its routes installed. A neighbour taken along wants none of its own. */
export function wantsRoutes(phase: Phase): boolean {
  if (diversionOf(phase)?.by === 'neighbour') {
    return false;
  }
  switch (phase.name) {
    case 'diverting':
      return phase.stage !== 'publishing' && phase.stage !== 'undoing';
    case 'diverted':
    case 'recovering':
      return true;
    case 'held':
      return phase.on === 'notice';
    case 'serving':
    case 'suspect':
    case 'restoring':
      return false;
  }
}

/**
 * The routers of a site are told in the order in which the site names them, each when those before it show the route:
 * a router that sent on traffic for which the next one has no route yet would have it sent back.
 */
function isTurnOf(
  state: State,
  { routers }: Site,
  diversion: Diversion,
  { name }: RouterSpec,
): boolean {
  return routers
    .slice(0, routers.indexOf(name))
    .every((before) => installationOn(state, before, diversion) === 'installed');
}

/** The routes one site wants on a router now. */
export function routesOfSite(state: State, name: string, router: RouterSpec): readonly Route[] {
  const spec = state.config.sites[name];
  const phase = state.sites.get(name)?.phase;
  if (spec === undefined || phase === undefined || !wantsRoutes(phase)) {
    return [];
  }
  const diversion = diversionOf(phase);
  const isItsTurn =
    phase.name !== 'diverting' ||
    phase.stage !== 'installing' ||
    isTurnOf(state, spec, phase.diversion, router);
  return spec.routers.includes(router.name) && isItsTurn
    ? diversionRoutes(router, diversion?.addresses ?? [])
    : [];
}

function unique(routes: readonly Route[]): readonly Route[] {
  return [...new Map(routes.map((route) => [route.prefix, route])).values()];
}

/** Every route that should exist on a router: the union of what its sites want. */
export function desiredRoutes(state: State, routerName: string): readonly Route[] {
  const router = state.config.routers[routerName];
  if (router === undefined) {
    return [];
  }
  return unique(
    sitesBehind(state.config.sites, routerName).flatMap((name) =>
      routesOfSite(state, name, router),
    ),
  );
}

/** True when a person ordered what this site is doing now; automation's brakes do not hold it. */
export function isOrdered(site: SiteState): boolean {
  const action = site.override?.action;
  const { phase } = site;
  if (phase.name === 'restoring') {
    return action === 'restore';
  }
  return action === 'divert' && diversionOf(phase)?.by === 'override';
}

/** True when a person has a site stay at its origin: a route of ours that comes to stand there all the same is to go. */
export function isOrderedHome({ override, phase }: SiteState): boolean {
  return override?.action === 'restore' && diversionOf(phase) === undefined;
}

/**
 * The routes to aim for on a router while automation may not write there:
 * what it has stays, apart from the sites about which a person gave an order.
 */
export function orderedRoutes(state: State, routerName: string): readonly Route[] {
  const router = state.config.routers[routerName];
  const observed = state.routers[routerName];
  if (router === undefined || observed === undefined) {
    return [];
  }
  const ordered = sitesBehind(state.config.sites, routerName).filter((name) => {
    const site = state.sites.get(name);
    return site !== undefined && (isOrdered(site) || isOrderedHome(site));
  });
  const moved = new Set(
    ordered.flatMap((name) =>
      diversionRoutes(router, state.config.sites[name]?.addresses ?? []).map(
        ({ prefix }) => prefix,
      ),
    ),
  );
  const desired = desiredRoutes(state, routerName);
  return unique([
    ...observed.owned.filter(({ prefix }) => !moved.has(prefix)),
    ...desired.filter(({ prefix }) => moved.has(prefix)),
  ]);
}
