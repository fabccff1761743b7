import type { EpochMs } from '../lib/time.ts';
import { countOwnedSites } from './drill-site.ts';
import { diversionOf } from './phase.ts';
import type { SiteState, State } from './state.ts';

/** How many sites began to fail together, of how many. */
export interface FailureCount {
  readonly failing: readonly string[];
  readonly total: number;
}

/** When the present failure of a site was first seen; undefined while it has none. */
function failingSince(site: SiteState | undefined): EpochMs | undefined {
  const diversion = site === undefined ? undefined : diversionOf(site.phase);
  return diversion?.by === 'rule' || diversion?.by === 'approval'
    ? diversion.failureSeenAt
    : site?.firstFailAt;
}

/** Counts the sites whose failure began within the brake's time before now. */
export function countFailures(state: State, now: EpochMs): FailureCount {
  const { withinMs } = state.config.guards.massFailure;
  const names = state.sites.names.filter((name) => {
    const since = failingSince(state.sites.get(name));
    return since !== undefined && now - since <= withinMs;
  });
  return { failing: names, total: countOwnedSites(state.config.sites) };
}

/** True when so many sites fail together that a common cause is likelier than each site's own. */
export function isMassFailure(state: State, { failing, total }: FailureCount): boolean {
  const { minSites, share } = state.config.guards.massFailure;
  return failing.length >= minSites && failing.length >= share * total;
}
