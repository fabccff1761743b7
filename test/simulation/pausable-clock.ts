import { SteadyTime } from '../../src/lib/steady-time.ts';
import type { EpochMs } from '../../src/lib/time.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';

/** The clock of one controller process: while the process is paused (SIGSTOP, a long collection) no timer of it fires. */
export class PausableClock implements Clock {
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  /** Timers that fell due during the pause, in order. */
  #late: Set<() => void> | undefined;
  #awake: PromiseWithResolvers<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#time = new SteadyTime(
      () => clock.now(),
      () => clock.monotonicMs(),
    );
  }

  get isPaused(): boolean {
    return this.#awake !== undefined;
  }

  now(): EpochMs {
    return this.#time.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    const fire = (): void => {
      if (this.#late === undefined) {
        onFire();
      } else {
        this.#late.add(fire);
      }
    };
    const timer = this.#clock.setTimer(delayMs, fire);
    return {
      cancel: (): void => {
        timer.cancel();
        this.#late?.delete(fire);
      },
    };
  }

  /** Resolves at once, or when the pause is over: nothing that the process waits for reaches it before. */
  async awake(): Promise<void> {
    await this.#awake?.promise;
  }

  pause(): void {
    this.#awake ??= Promise.withResolvers();
    this.#late ??= new Set();
  }

  /** Wakes the process: what fell due meanwhile fires now, late. */
  resume(): void {
    const late = this.#late ?? [];
    this.#late = undefined;
    for (const fire of late) {
      fire();
    }
    this.#awake?.resolve();
    this.#awake = undefined;
  }
}
