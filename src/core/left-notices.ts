import { neighboursOf } from './estate.ts';
import { withoutGoneSites } from './initial-state.ts';
import { diversionOf } from './phase.ts';
import type { CoreConfig, State } from './state.ts';
import type { Turn } from './turn.ts';

/** Sites without a diversion of their own that left the configuration, or whose addresses changed in it. */
function movedAway(state: State, before: CoreConfig): readonly string[] {
  return Object.values(before.sites)
    .filter(({ name, addresses }) => {
      const phase = state.sites.get(name)?.phase;
      const stays = state.config.sites[name]?.addresses ?? [];
      const isSame =
        addresses.length === stays.length && addresses.every((at) => stays.includes(at));
      return !isSame && (phase === undefined || diversionOf(phase) === undefined);
    })
    .map(({ name }) => name);
}

/** True when the diversion of a neighbour, at whatever stage, has a notice stand for this site. */
function isCovered({ config, sites }: State, name: string): boolean {
  const addresses = config.sites[name]?.addresses ?? [];
  return neighboursOf(config.sites, name, addresses).some((neighbour) => {
    const phase = sites.get(neighbour)?.phase;
    const diversion = phase === undefined ? undefined : diversionOf(phase);
    return diversion?.addresses.some((address) => addresses.includes(address)) === true;
  });
}

/**
 * After a new configuration: takes back the notices of sites that a neighbour's diversion had taken along and that have
 * left its address. That diversion, when it ends, knows only those who are on its address then.
 */
export function withdrawLeftNotices(turn: Turn, before: CoreConfig): void {
  for (const site of movedAway(turn.state, before)) {
    if (!isCovered(turn.state, site)) {
      turn.give({ type: 'withdraw-notice', site, generation: turn.state.lastGeneration });
    }
  }
}

/** Lets go of the sites that left the configuration and whose routes are gone, and of notices that a neighbour's diversion had for them. */
export function dropGoneSites(turn: Turn): void {
  const before = turn.state.sites;
  turn.replace(withoutGoneSites(turn.state));
  const { sites, lastGeneration } = turn.state;
  for (const site of sites === before ? [] : before.names) {
    if (sites.get(site) === undefined) {
      turn.give({ type: 'withdraw-notice', site, generation: lastGeneration });
    }
  }
}
