import type { EpochMs } from '../lib/time.ts';

/** Guards that hold automation back for the whole estate; each announces itself. */
export const brakeNames = [
  'max-active',
  'rate',
  'mass-failure',
  'isolation',
  'warm-up',
  'freeze',
  'not-leader',
] as const;
export type BrakeName = (typeof brakeNames)[number];

/** Brakes a person may release; the others end only when what they guard against ends. */
export const releasableBrakes: readonly BrakeName[] = ['max-active', 'rate', 'mass-failure'];

/** One brake as it stands. A release holds until its end and lets the named wave through. */
export interface BrakeState {
  readonly isActive: boolean;
  readonly since?: EpochMs;
  /** One sentence for a person: what it saw and what it holds. */
  readonly detail: string;
  /** Sites it holds back now. */
  readonly holding: readonly string[];
  readonly release?: {
    readonly owner: string;
    readonly reason: string;
    readonly until: EpochMs;
    /** The wave it lets through: the sites that were held when it was given. */
    readonly sites: readonly string[];
  };
}
