import type { EpochMs } from '../lib/time.ts';

/** A set timer; cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as the controller sees it. `now` is for display and for moments that are kept, and follows a step of the wall clock gently; `monotonicMs` is for every duration. */
export interface Clock {
  now(): EpochMs;
  monotonicMs(): number;
  setTimer(delayMs: number, onFire: () => void): Timer;
}
