import { diversionRoutes } from './estate.ts';
import type { Diversion } from './phase.ts';
import type { Route } from './route-plan.ts';
import type { RouterState, State } from './state.ts';

type Standing = 'installed' | 'accepted' | 'missing';

function standingOf(router: RouterState | undefined, want: Route): Standing {
  const have = router?.owned.find(
    ({ prefix, nextHop }) => prefix === want.prefix && nextHop === want.nextHop,
  );
  if (have === undefined) {
    return 'missing';
  }
  return have.isInstalled ? 'installed' : 'accepted';
}

/** How the routes of a diversion stand on the routers that should carry them: the worst of them. */
export function installation(state: State, name: string, diversion: Diversion): Standing {
  const standings = (state.config.sites[name]?.routers ?? []).flatMap((routerName) => {
    const spec = state.config.routers[routerName];
    const wanted = spec === undefined ? [] : diversionRoutes(spec, diversion.addresses);
    return wanted.map((want) => standingOf(state.routers[routerName], want));
  });
  if (standings.includes('missing')) {
    return 'missing';
  }
  return standings.includes('accepted') ? 'accepted' : 'installed';
}
