import type { SiteView } from '../../api/sites/schema.ts';

/** What an operator wants to see first: questions, then what is held back, then what moves, then what is diverted. */
function urgency(site: SiteView): number {
  if (site.question !== null) {
    return 0;
  }
  if (site.heldBack !== null) {
    return 1;
  }
  const byPhase: Readonly<Record<SiteView['phase'], number>> = {
    diverting: 2,
    restoring: 3,
    diverted: 4,
    recovering: 5,
    suspect: 6,
    held: 7,
    serving: 9,
  };
  return site.phase === 'serving' && site.verdict === 'down' ? 6 : byPhase[site.phase];
}

export interface Filter {
  readonly text: string;
  /** Only sites of this phase; every phase when undefined. */
  readonly phase: SiteView['phase'] | undefined;
}

function matches(site: SiteView, words: readonly string[]): boolean {
  const text = [
    site.name,
    ...Object.values(site.title),
    ...site.hostnames,
    ...site.addresses,
    site.cause ?? '',
  ]
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The sites that a filter lets through, the most urgent first, then by name. */
export function orderedSites(sites: Iterable<SiteView>, filter: Filter): readonly SiteView[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return [...sites]
    .filter((site) => filter.phase === undefined || site.phase === filter.phase)
    .filter((site) => words.length === 0 || matches(site, words))
    .sort((one, other) => urgency(one) - urgency(other) || one.name.localeCompare(other.name));
}
