import type { EpochMs } from '../lib/time.ts';

export const documentKinds = [
  'site',
  'notice',
  /** Earlier words of a notice, newest last. */
  'notice-history',
  'limits',
  /** Sources that notice hosts are told to block. */
  'block',
  'incident',
  /** What routers were told and answered, by incident. */
  'transcript',
  'maintenance',
  'drill',
  /** What people were told and what still stands. */
  'alert',
  /** What the leader made durable, for the controller that takes over. */
  'durable',
  /** Addresses that a site without any was resolved to. */
  'pin',
  /** How often certificate authorities were asked, and for which hostnames in vain. */
  'certificate',
  /** Where the controller that leads can be reached. */
  'leader',
] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** A stored document; `version` starts at 1 and grows by 1 with each write. */
export interface Stored {
  readonly id: string;
  readonly version: number;
  readonly updatedAt: EpochMs;
  readonly value: unknown;
}

/** A leader's lease: `token` grows with every change of holder and never goes back. */
export interface Lease {
  readonly holder: string;
  readonly token: number;
}

export interface ListOptions {
  /** Newest first by update; at most this many. */
  readonly limit: number;
}

/**
 * Shared memory: sites made through the API, notices, limits, history, and the lease. Not on the path of a decision.
 * Methods reject with DETOUR_STORE_UNAVAILABLE (retryable), or DETOUR_STORE_CONFLICT when the version was not the expected one.
 */
export interface Store extends AsyncDisposable {
  get(kind: DocumentKind, id: string): Promise<Stored | undefined>;
  list(kind: DocumentKind, options: ListOptions): Promise<readonly Stored[]>;
  /** Writes a document. `expectedVersion` 0 means "must not exist"; undefined writes over whatever is there. */
  put(kind: DocumentKind, id: string, value: unknown, expectedVersion?: number): Promise<Stored>;
  /** True when there was something to remove. */
  remove(kind: DocumentKind, id: string): Promise<boolean>;
  /** Removes documents of a kind last written before a time; returns how many. */
  prune(kind: DocumentKind, before: EpochMs): Promise<number>;
  /** Takes or renews the lease for `ttlMs` by the store's own clock; undefined while another holds it. */
  acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** Gives the lease up if this holder has it. */
  releaseLease(name: string, holder: string): Promise<void>;
}
