import type { Clock, Timer } from '../ports/clock.ts';

/** The event loop stood still when a timer comes this much too late: then our own slowness looks like the sites'. */
export const stallMs = 250;

/** How often the watch looks: a stall of `stallMs` plus this is always noticed. */
const lookEveryMs = 50;

export interface StallWatchOptions {
  readonly clock: Clock;
  /** Hears of each stall and how late it made the watch. */
  readonly onStall?: (lateMs: number) => void;
  /** Shorter stalls are not told; `stallMs` unless said. */
  readonly limitMs?: number;
}

/** Notices when the event loop stood still (a long computation, a stopped process, a starved machine). */
export class StallWatch {
  readonly #clock: Clock;
  readonly #onStall: (lateMs: number) => void;
  readonly #limitMs: number;
  #timer: Timer | undefined;
  #expectedAt: number | undefined;
  #stalledAt = Number.NEGATIVE_INFINITY;

  constructor({ clock, onStall, limitMs = stallMs }: StallWatchOptions) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onStall = onStall ?? ((): void => undefined);
  }

  /** Begins to watch, until stopped. */
  start(): void {
    this.#expectedAt = this.#clock.monotonicMs() + lookEveryMs;
    this.#timer = this.#clock.setTimer(lookEveryMs, () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#expectedAt = undefined;
  }

  /**
   * True when the loop stood still at some moment after this one of the monotonic clock.
   * Looks at once: after a stall the late answers may be handled before the watch's own timer.
   */
  wasStalledSince(monotonicMs: number): boolean {
    this.look();
    return this.#stalledAt > monotonicMs;
  }

  /** Looks now, before the watch's own timer: whoever is about to act on something old asks for it. */
  look(): void {
    const now = this.#clock.monotonicMs();
    const lateMs = this.#expectedAt === undefined ? 0 : now - this.#expectedAt;
    if (lateMs > this.#limitMs) {
      this.#stalledAt = now;
      // The timer is still to fire for this stall; it must not count twice.
      this.#expectedAt = now;
      this.#onStall(lateMs);
    }
  }
}
