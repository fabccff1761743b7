import { diversionOf } from '../../core/phase.ts';
import type { ProbeSpec, Site } from '../../core/site.ts';
import { countedPath, type State } from '../../core/state.ts';
import type { AssignedSite } from './schema.ts';

function specView({ expect, ...spec }: ProbeSpec): AssignedSite['probes'][number] {
  const status = expect.status.map(([from, to]): [number, number] => [from, to]);
  return { ...spec, expect: { ...expect, status } };
}

/** What a vantage must know of a site to probe it as the controller does. */
export function assignedSite(state: State, site: Site): AssignedSite {
  const phase = state.sites.get(site.name)?.phase ?? { name: 'serving' };
  const divertedAddresses = [...(diversionOf(phase)?.addresses ?? [])];
  return {
    name: site.name,
    addresses: [...site.addresses],
    probes: site.probes.map(specView),
    originAddress: site.origin?.address ?? null,
    phase: phase.name,
    isBehindNotice: divertedAddresses.some(
      (address) => countedPath(phase, { ...site, origin: {} }, address) === 'origin',
    ),
    divertedAddresses,
  };
}
