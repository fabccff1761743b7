import { assertNever } from '../lib/assert-never.ts';
import { second } from '../lib/time.ts';

/** What the notice plane does under load, from best to worst. */
export const ladderSteps = ['full', 'small', 'close'] as const;
export type LadderStep = (typeof ladderSteps)[number];

export interface LadderThresholds {
  /** Share of time the event loop is busy above which pages get small: beyond it the next burst has no room. */
  readonly busyShare: number;
  /** Event-loop delay (p99) above which visitors wait noticeably; no queue may be longer. */
  readonly delayMs: number;
  /** Load must last this long: one garbage collection or one big snapshot is no overload. */
  readonly sustainMs: number;
  /** Calm must last this long before a step up, so that the ladder does not flap. */
  readonly calmMs: number;
}

export const defaultLadderThresholds: LadderThresholds = {
  busyShare: 0.9,
  delayMs: 100,
  sustainMs: second,
  calmMs: 5 * second,
};

/** One measurement of the process's own load. */
export interface LoadSample {
  readonly busyShare: number;
  readonly delayMs: number;
}

/** The ladder's memory. Times are monotonic milliseconds. */
export interface LadderState {
  readonly step: LadderStep;
  readonly busySince?: number;
  readonly lateSince?: number;
  readonly calmSince?: number;
  /** Share of new connections closed at once in the step `close`. */
  readonly closeShare: number;
}

export const ladderAtRest: LadderState = { step: 'full', closeShare: 0 };

/** Half at first; then as few as keep the delay down, so that a full server goes on answering at its full rate. */
const firstCloseShare = 0.5;
const closeShareUp = 0.1;
const closeShareDown = 0.05;
const maxCloseShare = 0.95;

/**
 * Folds one sample into the ladder. Being busy makes pages small; only being late closes connections:
 * a busy loop that answers in time is a full server, not a failing one.
 */
export function nextLadder(
  state: LadderState,
  { busyShare, delayMs }: LoadSample,
  nowMs: number,
  thresholds: LadderThresholds,
): LadderState {
  const isLate = delayMs > thresholds.delayMs;
  const isBusy = isLate || busyShare > thresholds.busyShare;
  const seen: LadderState = {
    step: state.step,
    closeShare: nextCloseShare(state, isLate),
    ...(isBusy ? { busySince: state.busySince ?? nowMs } : { calmSince: state.calmSince ?? nowMs }),
    ...(isLate ? { lateSince: state.lateSince ?? nowMs } : {}),
  };
  return stepFrom(seen, nowMs, thresholds);
}

/** One step down or up, or the state as it is; a step forgets what led to it. */
function stepFrom(state: LadderState, nowMs: number, thresholds: LadderThresholds): LadderState {
  const { sustainMs, calmMs } = thresholds;
  const lasts = (since: number | undefined, ms: number): boolean =>
    since !== undefined && nowMs - since >= ms;
  switch (state.step) {
    case 'full':
      return lasts(state.busySince, sustainMs) ? { step: 'small', closeShare: 0 } : state;
    case 'small':
      if (lasts(state.lateSince, sustainMs)) {
        return { step: 'close', closeShare: firstCloseShare };
      }
      return lasts(state.calmSince, calmMs) ? ladderAtRest : state;
    case 'close':
      return state.closeShare === 0 ? { step: 'small', closeShare: 0 } : state;
    default:
      return assertNever(state.step);
  }
}

function nextCloseShare({ step, closeShare }: LadderState, isLate: boolean): number {
  if (step !== 'close') {
    return 0;
  }
  return isLate
    ? Math.min(maxCloseShare, closeShare + closeShareUp)
    : Math.max(0, Math.round((closeShare - closeShareDown) * 100) / 100);
}
