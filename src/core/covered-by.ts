import { wantsRoutes } from './desired-routes.ts';
import { neighboursOf } from './estate.ts';
import type { State } from './state.ts';

/** The site whose standing diversion covers an address of this one, if any. */
export function coveredBy(state: State, name: string): string | undefined {
  const addresses = state.config.sites[name]?.addresses ?? [];
  return neighboursOf(state.config.sites, name, addresses).find((neighbour) => {
    const phase = state.sites.get(neighbour)?.phase;
    return (
      phase !== undefined &&
      phase.name !== 'diverting' &&
      wantsRoutes(phase) &&
      'diversion' in phase &&
      phase.diversion.addresses.some((address) => addresses.includes(address))
    );
  });
}
