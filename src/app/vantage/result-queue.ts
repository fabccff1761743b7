import type { VantageResult } from '../../api/vantages/schema.ts';
import type { FinishedProbe } from '../../controller/probe-scheduler.ts';
import { second } from '../../lib/time.ts';
import type { Clock } from '../../ports/clock.ts';

/** Older results are stale to every verdict. */
const maxAgeMs = 30 * second;

/** Results of ten seconds at the pace that one vantage keeps up; older ones give way. */
const maxWaiting = 5_000;

/** One result and when its probe began, on our own monotonic clock. */
export interface Seen {
  readonly finished: FinishedProbe;
  readonly startedAtMs: number;
}

/** Results on their way to one controller, oldest first. */
export class ResultQueue {
  readonly #clock: Clock;
  #waiting: Seen[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(seen: Seen): void {
    this.#waiting.push(seen);
    if (this.#waiting.length > maxWaiting) {
      this.#waiting.shift();
    }
  }

  first(count: number): readonly Seen[] {
    return this.#waiting.slice(0, count);
  }

  drop(done: readonly Seen[]): void {
    const gone = new Set(done);
    this.#waiting = this.#waiting.filter((seen) => !gone.has(seen));
  }

  /** Drops what is too old to count. */
  dropOld(): void {
    const now = this.#clock.monotonicMs();
    this.#waiting = this.#waiting.filter(({ startedAtMs }) => now - startedAtMs <= maxAgeMs);
  }

  /** As a report carries them: with their age at this moment. */
  reportable(batch: readonly Seen[]): readonly VantageResult[] {
    const now = this.#clock.monotonicMs();
    return batch
      .filter(({ startedAtMs }) => now - startedAtMs <= maxAgeMs)
      .map(({ finished, startedAtMs }) => {
        const { startedAt: _, detail, ...seen } = finished.result;
        const { site, probe, address, path } = finished;
        const words = detail === undefined ? {} : { detail: detail.slice(0, 300) };
        const ageMs = Math.max(0, now - startedAtMs);
        return { site, probe, address, path, ageMs, ...seen, ...words };
      });
  }
}
