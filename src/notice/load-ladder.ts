import { assertNever } from '../lib/assert-never.ts';
import type { LadderThresholds } from '../ports/notice-limits.ts';

/** What the notice plane does under load, from best to worst. */
export const ladderSteps = ['full', 'small', 'close'] as const;
export type LadderStep = (typeof ladderSteps)[number];

/** One measurement of the process's own load. */
export interface LoadSample {
  readonly busyShare: number;
  /** The longest that anybody waited for the event loop, or to be accepted. */
  readonly delayMs: number;
  /** Connections closed at the door because they had waited too long: they keep the others' wait short, and hide how long it would be. */
  readonly turnedAway: number;
  /** New sessions admitted per second. */
  readonly admittedPerSecond: number;
}

/** The ladder's memory. Times are monotonic milliseconds. */
export interface LadderState {
  readonly step: LadderStep;
  readonly busySince?: number;
  readonly calmSince?: number;
  readonly lateSince?: number;
  readonly onTimeSince?: number;
  /** In the step `close`, how many new sessions are admitted per second; the others are closed at once. */
  readonly newPerSecond?: number;
}

export const ladderAtRest: LadderState = { step: 'full' };

/** A third less than was too much clears the queue; then as many as keep the delay down, so that a full server goes on at its full rate. */
const firstCut = 0.7;
const cutWhileLate = 0.9;
const growthOnTime = 1.05;
/** A loop with rest has room for more; by no more than this at once, as it shows a moment later what too much was. */
const growthWithRest = 1.25;
/** Any process can take these; below, nothing is gained, and the proof of a diversion must still get in. */
const leastPerSecond = 100;
/** Late and busy less than this share of the threshold: others keep the processor, and closing connections would help nobody. */
const ownBusyShare = 0.5;
/** Less than this share of what may come does come: nobody is being closed any more. */
const unusedShare = 0.9;

/**
 * Folds one sample into the ladder. Being busy makes pages small; only being late closes connections:
 * a busy loop that answers in time is a full server, not a failing one.
 */
export function nextLadder(
  state: LadderState,
  sample: LoadSample,
  nowMs: number,
  thresholds: LadderThresholds,
): LadderState {
  const isLate =
    (sample.delayMs > thresholds.delayMs || sample.turnedAway > 0) &&
    sample.busyShare > thresholds.busyShare * ownBusyShare;
  const isBusy = isLate || sample.busyShare > thresholds.busyShare;
  const seen: LadderState = {
    step: state.step,
    ...(isBusy ? { busySince: state.busySince ?? nowMs } : { calmSince: state.calmSince ?? nowMs }),
    ...(isLate
      ? { lateSince: state.lateSince ?? nowMs }
      : { onTimeSince: state.onTimeSince ?? nowMs }),
  };
  const newPerSecond = nextRate(seen, state.newPerSecond, sample, thresholds);
  const next = newPerSecond === undefined ? seen : { ...seen, newPerSecond };
  return stepFrom(next, sample, nowMs, thresholds);
}

/** One step down or up, or the state as it is; a step forgets what led to it. */
function stepFrom(
  state: LadderState,
  { admittedPerSecond }: LoadSample,
  nowMs: number,
  { sustainMs, calmMs }: LadderThresholds,
): LadderState {
  const lasts = (since: number | undefined, ms: number): boolean =>
    since !== undefined && nowMs - since >= ms;
  switch (state.step) {
    case 'full':
      return lasts(state.busySince, sustainMs) ? { step: 'small' } : state;
    case 'small':
      if (lasts(state.lateSince, sustainMs)) {
        const newPerSecond = Math.max(leastPerSecond, admittedPerSecond * firstCut);
        return { step: 'close', newPerSecond };
      }
      return lasts(state.calmSince, calmMs) ? ladderAtRest : state;
    case 'close': {
      const isUnused = admittedPerSecond < (state.newPerSecond ?? 0) * unusedShare;
      return isUnused && lasts(state.onTimeSince, sustainMs) ? { step: 'small' } : state;
    }
    default:
      return assertNever(state.step);
  }
}

/** In the step `close`: how many may come next. */
function nextRate(
  { step, lateSince }: LadderState,
  before: number | undefined,
  { admittedPerSecond, busyShare }: LoadSample,
  thresholds: LadderThresholds,
): number | undefined {
  if (step !== 'close' || before === undefined) {
    return;
  }
  if (lateSince !== undefined) {
    return Math.max(leastPerSecond, Math.min(before, admittedPerSecond) * cutWhileLate);
  }
  const room = thresholds.busyShare / busyShare;
  return before * Math.min(growthWithRest, Math.max(growthOnTime, room));
}
