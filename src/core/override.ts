import type { EpochMs } from '../lib/time.ts';

export const overrideActions = ['divert', 'restore', 'hold'] as const;
export type OverrideAction = (typeof overrideActions)[number];

/** A person's order about one site. It beats every rule, and always ends. */
export interface Override {
  readonly action: OverrideAction;
  readonly reason: string;
  /** The name of the token that gave the order. */
  readonly owner: string;
  readonly setAt: EpochMs;
  readonly expiresAt: EpochMs;
  /** True once the reminder before the end was sent. */
  readonly isReminded: boolean;
}

/** A person's word that this controller alone acts while nobody can hold the lease: its orders are carried out, and nothing else. */
export interface BreakGlass {
  readonly reason: string;
  readonly owner: string;
  readonly setAt: EpochMs;
  readonly until: EpochMs;
}

/** A person's order to stop all automation. */
export interface Freeze {
  readonly reason: string;
  readonly owner: string;
  readonly setAt: EpochMs;
}
