import { diversionRoutes } from './estate.ts';
import { onceFor } from './once-for.ts';
import type { Diversion } from './phase.ts';
import type { Route } from './route-plan.ts';
import type { RouterState, State } from './state.ts';

type Standing = 'installed' | 'accepted' | 'missing';

/** The routes of one reading by their prefix. */
export const ownedByPrefix = onceFor((owned: RouterState['owned']) =>
  Map.groupBy(owned, ({ prefix }) => prefix),
);

function standingOf(router: RouterState | undefined, want: Route): Standing {
  const candidates = router === undefined ? [] : ownedByPrefix(router.owned).get(want.prefix);
  const have = candidates?.find(({ nextHop }) => nextHop === want.nextHop);
  if (have === undefined) {
    return 'missing';
  }
  return have.isInstalled ? 'installed' : 'accepted';
}

function worst(standings: readonly Standing[]): Standing {
  if (standings.includes('missing')) {
    return 'missing';
  }
  return standings.includes('accepted') ? 'accepted' : 'installed';
}

/** How the routes of a diversion stand on one router: the worst of them; `installed` where it needs none. */
export function installationOn(state: State, router: string, diversion: Diversion): Standing {
  const spec = state.config.routers[router];
  const wanted = spec === undefined ? [] : diversionRoutes(spec, diversion.addresses);
  return worst(wanted.map((want) => standingOf(state.routers[router], want)));
}

/** True when at least one router shows a route of the diversion. */
export function isPartlyInstalled(state: State, name: string, diversion: Diversion): boolean {
  return (state.config.sites[name]?.routers ?? []).some((router) => {
    const spec = state.config.routers[router];
    const wanted = spec === undefined ? [] : diversionRoutes(spec, diversion.addresses);
    return wanted.some((want) => standingOf(state.routers[router], want) !== 'missing');
  });
}

/** How the routes of a diversion stand on the routers that should carry them: the worst of them. */
export function installation(state: State, name: string, diversion: Diversion): Standing {
  const routers = state.config.sites[name]?.routers ?? [];
  return worst(routers.map((router) => installationOn(state, router, diversion)));
}
