import type { IncidentView } from '../../api/incidents/schema.ts';
import type { SiteView } from '../../api/sites/schema.ts';

/** Where a site of a wave is: its phase, held back by a brake, or no part of the wave any more. */
export type WaveStanding = SiteView['phase'] | 'heldBack' | 'gone';

function standingOf(site: SiteView | undefined, incident: string): WaveStanding {
  if (site === undefined || site.incident !== incident) {
    return 'gone';
  }
  const isOnOrigin = site.phase === 'serving' || site.phase === 'suspect';
  return isOnOrigin && site.heldBack !== null ? 'heldBack' : site.phase;
}

/** How many sites of a wave are where, the most first. */
export function waveCounts(
  incident: Pick<IncidentView, 'id' | 'sites'>,
  sites: ReadonlyMap<string, SiteView>,
): readonly { readonly standing: WaveStanding; readonly count: number }[] {
  const counts = new Map<WaveStanding, number>();
  for (const name of incident.sites) {
    const standing = standingOf(sites.get(name), incident.id);
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
  }
  return [...counts]
    .map(([standing, count]) => ({ standing, count }))
    .sort((one, other) => other.count - one.count);
}
