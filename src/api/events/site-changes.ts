import type { State } from '../../core/state.ts';
import { siteVerdict } from '../../core/verdict.ts';
import type { EpochMs } from '../../lib/time.ts';

/** What a reader of the page would notice about a site, as one string. */
function lookOf(state: State, name: string, now: EpochMs): string {
  const site = state.sites.get(name);
  if (site === undefined) {
    return 'gone';
  }
  const { phase, reason, heldBack, question, override, maintenance, incident } = site;
  return JSON.stringify([
    phase,
    reason,
    siteVerdict(state, name, now),
    heldBack,
    question?.text,
    override?.setAt,
    override?.expiresAt,
    maintenance?.id,
    incident,
    site.expectedRecoveryAt,
  ]);
}

/** Tells changes worth showing from the mere arrival of one more sample, which comes many times a second in a large estate. */
export interface SiteChanges {
  /** True when the site looks different from the last time it was asked about. */
  isNew(state: State, name: string, now: EpochMs): boolean;
}

/** Opens an empty memory of looks; it holds one for each registered site. */
export function openSiteChanges(): SiteChanges {
  const looks = new Map<string, string>();
  return {
    isNew: (state, name, now): boolean => {
      const look = lookOf(state, name, now);
      if (looks.get(name) === look) {
        return false;
      }
      if (look === 'gone') {
        looks.delete(name);
      } else {
        looks.set(name, look);
      }
      return true;
    },
  };
}
