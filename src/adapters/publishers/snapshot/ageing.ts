import { type EpochMs, hour } from '../../../lib/time.ts';

/**
 * How far a promised recovery is away. Words follow it, so that a time is named only while it is one to come:
 * `around` it, `soon` within the hour, `late` once it has passed; `open` while nobody has named one.
 */
export type Nearness = 'open' | 'around' | 'soon' | 'late';

/** From this long before a promised time on, a notice says that it is near. */
export const soonMs = hour;

/** One step of ageing and the moment at which the next begins; undefined for the last. */
export interface AgeingStep {
  readonly nearness: Nearness;
  readonly until?: EpochMs;
}

/** The steps that a notice still has before it, the first of which is true now. */
export function ageingSteps(expectedAt: EpochMs | undefined, now: EpochMs): readonly AgeingStep[] {
  if (expectedAt === undefined) {
    return [{ nearness: 'open' }];
  }
  const steps: readonly AgeingStep[] = [
    { nearness: 'around', until: expectedAt - soonMs },
    { nearness: 'soon', until: expectedAt },
    { nearness: 'late' },
  ];
  return steps.filter(({ until }) => until === undefined || until > now);
}
