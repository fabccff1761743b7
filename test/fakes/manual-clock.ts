import { type HeapItem, MinHeap } from '../../src/lib/min-heap.ts';
import type { EpochMs } from '../../src/lib/time.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';

interface PendingTimer extends HeapItem, Timer {
  readonly at: number;
  readonly order: number;
  readonly onFire: () => void;
}

/**
 * Time that stands still until it is told to go on. Timers fire in the order of their moments,
 * those of one moment in the order in which they were set, so a run is the same every time.
 */
export class ManualClock implements Clock {
  readonly #timers = new MinHeap<PendingTimer>(
    (a, b) => a.at < b.at || (a.at === b.at && a.order < b.order),
  );
  #monotonicMs = 0;
  #wallAhead: number;
  #order = 0;

  /** The wall clock begins at 2026-01-01T00:00:00Z unless told otherwise; the monotonic one at 0. */
  constructor(now: EpochMs = Date.UTC(2026, 0, 1)) {
    this.#wallAhead = now;
  }

  now(): EpochMs {
    return this.#wallAhead + this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    const timer: PendingTimer = {
      at: this.#monotonicMs + Math.max(0, delayMs),
      order: this.#order++,
      onFire,
      heapIndex: -1,
      cancel: (): void => this.#timers.remove(timer),
    };
    this.#timers.put(timer);
    return timer;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer is due on the monotonic clock, or undefined while none waits. */
  get nextAt(): number | undefined {
    return this.#timers.peek()?.at;
  }

  /** Lets time pass and fires what falls due on the way, each at its own moment. */
  advance(ms: number): void {
    const end = this.#monotonicMs + ms;
    while (this.#fireNext(end)) {
      // Each timer may set others; those due by the end fire too.
    }
    this.#monotonicMs = Math.max(this.#monotonicMs, end);
  }

  /** As `advance`, but promises get their turn after every timer and once more at the end. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#monotonicMs + ms;
    await settle();
    while (this.#fireNext(end)) {
      await settle();
    }
    this.#monotonicMs = Math.max(this.#monotonicMs, end);
    await settle();
  }

  /** Lets time pass with nobody looking, as a busy event loop does: what fell due fires afterwards, late. */
  stall(ms: number): void {
    this.#monotonicMs += ms;
    this.advance(0);
  }

  /** Steps the wall clock, as a person or NTP may; the monotonic clock takes no notice. */
  stepWall(ms: number): void {
    this.#wallAhead += ms;
  }

  #fireNext(end: number): boolean {
    const next = this.#timers.peek();
    if (next === undefined || next.at > end) {
      return false;
    }
    this.#timers.pop();
    this.#monotonicMs = Math.max(this.#monotonicMs, next.at);
    next.onFire();
    return true;
  }
}

/** Long enough for the chains of awaits in the controller; promises that wait for I/O are not meant. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await Promise.resolve();
  }
}
