import type { EpochMs } from '../lib/time.ts';

export const phaseNames = [
  'serving',
  'suspect',
  'diverting',
  'diverted',
  'recovering',
  'restoring',
  'held',
] as const;
export type PhaseName = (typeof phaseNames)[number];

/** Who or what asked for a diversion. */
export type DiversionOrigin = 'rule' | 'approval' | 'override' | 'maintenance' | 'neighbour';

/** A decided diversion, from the decision until its routes are gone. */
export interface Diversion {
  /** Grows with every decision; the notice's marker carries it. */
  readonly generation: number;
  readonly addresses: readonly string[];
  readonly by: DiversionOrigin;
  readonly cause: string;
  readonly rule?: string;
  readonly incident: string;
  /** When the first probe of this failure failed; equals decidedAt for orders. */
  readonly failureSeenAt: EpochMs;
  readonly decidedAt: EpochMs;
  readonly installedAt?: EpochMs;
  readonly provenAt?: EpochMs;
  /** Trial withdrawals done so far, for sites without an origin path. */
  readonly trials: number;
  /** Restores after which the site failed again at once; each makes the next wait twice as long. */
  readonly relapses?: number;
  /** Part of a wave that a person let through the mass-failure brake. */
  readonly isMass?: true;
  /** A person let it through a brake that counts, so it is not among those that automation may have at once. */
  readonly isLetThrough?: true;
  /** Healthy neighbours on its addresses that must be seen to be passed through, as of the moment the route moved. */
  readonly passed?: readonly string[];
}

/**
 * Where a site stands. Each phase carries only its own fields.
 * - diverting: `publishing` the notice, `installing` the routes, `proving` through the data path,
 *   `passing` while healthy neighbours are not yet seen through the notice host, `confirming` on devices that would otherwise take the change back, `undoing` after a failure.
 * - restoring: `removing` the routes, then `proving` that the origin answers; a trial is a restore that any failure turns back.
 * - held: a person's order or a question to a person; `on` says which side visitors see.
 */
export type Phase =
  | { readonly name: 'serving' }
  | { readonly name: 'suspect'; readonly firstFailAt: EpochMs }
  | {
      readonly name: 'diverting';
      readonly diversion: Diversion;
      readonly stage:
        | 'publishing'
        | 'installing'
        | 'proving'
        | 'passing'
        | 'confirming'
        | 'undoing';
    }
  | { readonly name: 'diverted'; readonly diversion: Diversion }
  | { readonly name: 'recovering'; readonly diversion: Diversion; readonly cleanSince: EpochMs }
  | {
      readonly name: 'restoring';
      readonly diversion: Diversion;
      readonly stage: 'removing' | 'proving';
      readonly isTrial: boolean;
    }
  | { readonly name: 'held'; readonly on: 'origin' }
  | { readonly name: 'held'; readonly on: 'notice'; readonly diversion: Diversion };

/** The diversion a phase carries, if any. */
export function diversionOf(phase: Phase): Diversion | undefined {
  return 'diversion' in phase ? phase.diversion : undefined;
}
