import type { Incident } from '../core/incident.ts';
import { errorChain, errorCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';

/** More incidents than an estate has in a day without its store; each takes 40 kB at most. */
export const maxWaiting = 1_000;

/** Pause before a store that could not be reached is tried again. */
export const retryEveryMs = 5 * second;

export interface IncidentRecorderOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Pick<ControlMetrics, 'unstored'>;
  readonly log: Log;
}

/**
 * Writes incidents to the store: each in its newest form, one after the other. While the store is away they wait here;
 * if there are too many, the oldest is given up, which the log and a metric say. The journal keeps open ones in any case.
 */
export class IncidentRecorder {
  readonly #options: IncidentRecorderOptions;
  readonly #waiting = new Map<string, Incident>();
  #writing: Promise<void> | undefined;
  #retry: Timer | undefined;

  constructor(options: IncidentRecorderOptions) {
    this.#options = options;
  }

  /** Incidents that the store does not have yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  record(incident: Incident): void {
    this.#waiting.set(incident.id, incident);
    this.#makeRoom();
    this.#write();
  }

  /** Resolves when everything is written, or the store could not be reached once more. */
  async stop(): Promise<void> {
    this.#endRetry();
    this.#write();
    await this.#writing;
    this.#endRetry();
    if (this.#waiting.size > 0) {
      const incidents = [...this.#waiting.keys()];
      this.#options.log.error({ incidents }, 'Incidents could not be stored before the end');
    }
  }

  #endRetry(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #makeRoom(): void {
    for (const [id] of this.#waiting) {
      if (this.#waiting.size <= maxWaiting) {
        return;
      }
      this.#giveUp(id, 'too many wait for the store');
    }
  }

  #giveUp(incident: string, why: string): void {
    this.#waiting.delete(incident);
    this.#options.metrics.unstored.inc({ kind: 'incident' });
    this.#options.log.error({ incident, why }, 'An incident was given up and stands in no history');
  }

  #write(): void {
    if (this.#writing !== undefined || this.#retry !== undefined) {
      return;
    }
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      try {
        await this.#options.store.put('incident', next.id, next);
      } catch (error) {
        if (errorCode(error) === 'DETOUR_STORE_UNAVAILABLE') {
          this.#wait(error);
          return;
        }
        this.#giveUp(next.id, errorChain(error));
      }
      // One that changed meanwhile is written again.
      if (this.#waiting.get(next.id) === next) {
        this.#waiting.delete(next.id);
      }
    }
  }

  #next(): Incident | undefined {
    return this.#waiting.values().next().value;
  }

  #wait(error: unknown): void {
    const facts = { waiting: this.#waiting.size, err: errorChain(error) };
    this.#options.log.warn(facts, 'Incidents wait for the store');
    this.#retry = this.#options.clock.setTimer(retryEveryMs, () => {
      this.#retry = undefined;
      this.#write();
    });
  }
}
