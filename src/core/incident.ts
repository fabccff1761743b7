import type { EpochMs } from '../lib/time.ts';
import type { Reason } from './reason.ts';
import type { Severity } from './rule.ts';

/** One line of an incident's story. */
export interface IncidentEntry {
  readonly at: EpochMs;
  readonly reason: Reason;
  /** One sentence for a person. */
  readonly text: string;
}

/** What happened to one site (or, with several, to all of them at once), from first failure to the last step back. */
export interface Incident {
  readonly id: string;
  readonly sites: readonly string[];
  readonly cause: string;
  readonly severity: Severity;
  readonly openedAt: EpochMs;
  readonly closedAt?: EpochMs;
  readonly acknowledgedBy?: string;
  /** Sites that failed together share this one. A site that joined it and was restored stays among its sites. */
  readonly isWave?: true;
  /** How many diverted sites of a wave people were told of. */
  readonly toldDiverted?: number;
  /** Oldest first, at most 200; later entries push out the middle, never the first. */
  readonly timeline: readonly IncidentEntry[];
}

export const maxTimeline = 200;
