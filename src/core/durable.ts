import type { EpochMs } from '../lib/time.ts';
import type { BrakeName, BrakeState } from './brake.ts';
import type { Incident } from './incident.ts';
import type { Freeze, Override } from './override.ts';
import type { Phase } from './phase.ts';
import type { Reason } from './reason.ts';
import type { ActiveMaintenance, SiteState } from './state.ts';

/** What of a site must survive kill -9: intents, orders and brakes, never measurements. */
export interface DurableSite {
  readonly phase: Phase;
  readonly since: EpochMs;
  readonly reason: Reason;
  readonly override?: Override;
  readonly maintenance?: ActiveMaintenance;
  readonly incident?: string;
  readonly isApproved: boolean;
  readonly question?: NonNullable<SiteState['question']>;
  readonly holdDownMs: number;
  readonly holdDownUntil?: EpochMs;
  readonly lastRestoredAt?: EpochMs;
  readonly expectedRecoveryAt?: EpochMs;
}

/** The part of the state that the journal keeps. Plain JSON. */
export interface DurableState {
  readonly sites: Readonly<Record<string, DurableSite>>;
  /** By router: prefixes ever meant to be installed and not yet seen gone. */
  readonly ledgers: Readonly<Record<string, readonly string[]>>;
  readonly releases: Readonly<Partial<Record<BrakeName, NonNullable<BrakeState['release']>>>>;
  readonly freeze?: Freeze;
  readonly incidents: Readonly<Record<string, Incident>>;
  readonly begunAt: readonly EpochMs[];
  readonly lastGeneration: number;
  readonly lastCommand: number;
  /** The term (token of the lease) in which this controller last led; 0 when it never has. */
  readonly lastTerm: number;
}

/** One thing of the durable state that changed; `value` undefined means it is gone. */
export interface DurableChange {
  readonly kind: 'site' | 'ledger' | 'incident' | 'control';
  readonly key: string;
  readonly value: unknown;
}

export const emptyDurable: DurableState = {
  sites: {},
  ledgers: {},
  releases: {},
  incidents: {},
  begunAt: [],
  lastGeneration: 0,
  lastCommand: 0,
  lastTerm: 0,
};
