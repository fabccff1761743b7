import type { EpochMs } from '../lib/time.ts';
import { desiredRoutes } from './desired-routes.ts';
import { diversionRoutes } from './estate.ts';
import type { RouterState, State } from './state.ts';
import type { Turn } from './turn.ts';

/** True when a read since the stage began shows none of these addresses on the site's routers, but for what others want there. */
export function areRoutesGone(
  state: State,
  name: string,
  addresses: readonly string[],
  since: EpochMs,
): boolean {
  return (state.config.sites[name]?.routers ?? []).every((routerName) => {
    const spec = state.config.routers[routerName];
    const router: RouterState | undefined = state.routers[routerName];
    if (spec === undefined) {
      return true;
    }
    const kept = new Set(desiredRoutes(state, routerName).map(({ prefix }) => prefix));
    const leaving = diversionRoutes(spec, addresses).filter(({ prefix }) => !kept.has(prefix));
    return (
      router?.readAt !== undefined &&
      router.readAt >= since &&
      router.syncing === undefined &&
      router.unconfirmed === undefined &&
      leaving.every(({ prefix }) => !router.owned.some((route) => route.prefix === prefix))
    );
  });
}

/** Asks for a fresh reading of every router of a site, once per stage. */
export function readRoutersOnce(turn: Turn, name: string): void {
  if (turn.site(name)?.isUnderWay === false) {
    for (const router of turn.state.config.sites[name]?.routers ?? []) {
      turn.give({ type: 'read-routes', router });
    }
    turn.patchSite(name, { isUnderWay: true });
  }
}
