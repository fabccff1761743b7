import { hour, minute, second } from '../lib/time.ts';
import type { DeathWish } from './site.ts';

/** Limits that hold automation back. Every one has a name, a default and a reason. */
export interface Guards {
  /** Most automatic diversions at once: the larger of a count and a share of all sites. */
  readonly maxActive: { readonly count: number; readonly share: number };
  /** New automatic diversions per time. */
  readonly rate: { readonly count: number; readonly perMs: number };
  /** This many sites, and this share of all, failing within a time is a mass failure: hold and ask. */
  readonly massFailure: {
    readonly minSites: number;
    readonly share: number;
    readonly withinMs: number;
  };
  readonly holdDown: {
    /** No new automatic diversion this long after a restore; doubles on each relapse. */
    readonly initialMs: number;
    readonly maxMs: number;
  };
  /** Restore only after this long without a failure. */
  readonly restoreAfterMs: number;
  /** Probe rounds of a site that must be in before anything is done for it after a start. */
  readonly warmUpRounds: number;
  /** A router that cannot be read this long after a start no longer keeps the others waiting. */
  readonly routerPatienceMs: number;
  readonly override: {
    readonly defaultMs: number;
    readonly maxMs: number;
    readonly remindMs: number;
  };
  /** A trial withdrawal (sites without an origin path) waits this long first, then doubles. */
  readonly trial: { readonly initialMs: number; readonly maxMs: number };
  /** Opposite changes of one prefix keep this distance: OSPF drops a second LSA within 1 s (RFC 2328 MinLSArrival). */
  readonly settleMs: number;
  /** For sites that do not say. */
  readonly onDeath: DeathWish;
  /** A diversion that is not renewed for this long is taken back by its router, for sites that fall back. */
  readonly routeLeaseMs: number;
  /** True when reference targets are configured: then a failure counts only after a reference has passed since. */
  readonly hasReferences: boolean;
}

export const defaultGuards: Guards = {
  maxActive: { count: 10, share: 0.1 },
  rate: { count: 1, perMs: 10 * second },
  massFailure: { minSites: 3, share: 0.5, withinMs: minute },
  holdDown: { initialMs: 10 * minute, maxMs: 2 * hour },
  restoreAfterMs: 2 * minute,
  warmUpRounds: 3,
  routerPatienceMs: minute,
  override: { defaultMs: 4 * hour, maxMs: 72 * hour, remindMs: 15 * minute },
  trial: { initialMs: 5 * minute, maxMs: hour },
  settleMs: 2 * second,
  onDeath: 'stay',
  routeLeaseMs: 5 * minute,
  hasReferences: false,
};
