import { SteadyTime } from '../../lib/steady-time.ts';
import type { EpochMs } from '../../lib/time.ts';
import type { Clock, Timer } from '../../ports/clock.ts';

export interface SystemClockOptions {
  /** True: timers alone do not keep the process alive. */
  readonly isUnref?: boolean;
}

/** Node cuts longer delays to 1 ms, so a later moment is reached in several steps. */
const longestDelayMs = 2 ** 31 - 1;

/** The machine's own time. Durations come from the monotonic clock, which no clock step or leap second moves; `now` follows a step gently. */
export function openSystemClock({ isUnref = false }: SystemClockOptions = {}): Clock {
  const monotonicMs = (): number => performance.now();
  const time = new SteadyTime(Date.now, monotonicMs);
  return {
    now: (): EpochMs => time.now(),
    monotonicMs,
    setTimer: (delayMs, onFire): Timer => new SystemTimer(delayMs, onFire, isUnref),
  };
}

class SystemTimer implements Timer {
  readonly #onFire: () => void;
  readonly #isUnref: boolean;
  #timeout: NodeJS.Timeout | undefined;

  constructor(delayMs: number, onFire: () => void, isUnref: boolean) {
    this.#onFire = onFire;
    this.#isUnref = isUnref;
    this.#wait(Math.max(0, delayMs));
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #wait(delayMs: number): void {
    const rest = delayMs - longestDelayMs;
    this.#timeout = setTimeout(
      rest > 0 ? (): void => this.#wait(rest) : this.#onFire,
      Math.min(delayMs, longestDelayMs),
    );
    if (this.#isUnref) {
      this.#timeout.unref();
    }
  }
}
