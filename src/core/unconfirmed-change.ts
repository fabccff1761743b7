import { diversionRoutes, sitesBehind } from './estate.ts';
import { diversionOf } from './phase.ts';
import type { State } from './state.ts';

/** The sites whose routes a change of these prefixes on a router touches. */
export function sitesInChange(
  state: State,
  router: string,
  prefixes: readonly string[],
): readonly string[] {
  const spec = state.config.routers[router];
  if (spec === undefined) {
    return [];
  }
  const changed = new Set(prefixes);
  return sitesBehind(state.config.sites, router).filter((name) => {
    const phase = state.sites.get(name)?.phase;
    const diversion = phase === undefined ? undefined : diversionOf(phase);
    return (
      diversion !== undefined &&
      diversionRoutes(spec, diversion.addresses).some(({ prefix }) => changed.has(prefix))
    );
  });
}

/** True while a router holds a change about this site that it would take back by itself. */
export function isAwaitingConfirmation(state: State, name: string): boolean {
  return (state.config.sites[name]?.routers ?? []).some((router) => {
    const { unconfirmed } = state.routers[router] ?? {};
    return (
      unconfirmed !== undefined && sitesInChange(state, router, unconfirmed.changes).includes(name)
    );
  });
}
