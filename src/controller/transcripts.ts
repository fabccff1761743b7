import { errorChain, errorCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { EpochMs } from '../lib/time.ts';
import { second } from '../lib/time.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';

/** What a router was told and what it answered in one operation, secrets hidden. */
export interface Transcript {
  readonly at: EpochMs;
  readonly router: string;
  readonly operation: string;
  /** `ok`, or the code of what went wrong. */
  readonly result: string;
  readonly text: string;
}

/** Kept of one incident: the first ones tell how it began, so later ones push out the middle. */
export const maxPerIncident = 20;

/** Characters of one transcript. */
export const maxTranscriptLength = 16_384;

/** Incidents whose transcripts may wait for the store at once; each takes 320 kB at most. */
export const maxWaiting = 100;

/** Pause before a store that could not be reached is tried again. */
const retryEveryMs = 5 * second;

export interface TranscriptsOptions {
  readonly store: Pick<Store, 'get' | 'put'>;
  readonly clock: Clock;
  readonly metrics: Pick<ControlMetrics, 'unstored'>;
  readonly log: Log;
  /** Takes a stored list apart; undefined when it is none. */
  readonly parse: (value: unknown) => readonly Transcript[] | undefined;
}

/** Keeps the transcripts of every incident in the store, beside the incident and out of the core. They wait here while the store is away. */
export class Transcripts {
  readonly #options: TranscriptsOptions;
  readonly #waiting = new Map<string, readonly Transcript[]>();
  #writing: Promise<void> | undefined;
  #retry: Timer | undefined;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
  }

  /** Takes what was said during one operation that these incidents led to. Returns at once. */
  note(incidents: readonly string[], transcript: Transcript): void {
    const kept = { ...transcript, text: transcript.text.slice(0, maxTranscriptLength) };
    for (const incident of incidents) {
      this.#waiting.set(incident, bounded([...(this.#waiting.get(incident) ?? []), kept]));
    }
    this.#makeRoom();
    this.#write();
  }

  /** Oldest first: those in the store and those on the way there. Rejects with DETOUR_STORE_UNAVAILABLE. */
  async of(incident: string): Promise<readonly Transcript[]> {
    return bounded([...(await this.#stored(incident)), ...(this.#waiting.get(incident) ?? [])]);
  }

  /** Resolves when everything is written, or the store could not be reached once more. */
  async stop(): Promise<void> {
    this.#endRetry();
    this.#write();
    await this.#writing;
    this.#endRetry();
  }

  #endRetry(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #makeRoom(): void {
    for (const incident of this.#waiting.keys()) {
      if (this.#waiting.size <= maxWaiting) {
        return;
      }
      this.#giveUp(incident, 'too many wait for the store');
    }
  }

  #giveUp(incident: string, why: string): void {
    this.#waiting.delete(incident);
    this.#options.metrics.unstored.inc({ kind: 'transcript' });
    this.#options.log.error({ incident, why }, 'Transcripts were given up and stand nowhere');
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
      const [incident, fresh] = next;
      try {
        const all = bounded([...(await this.#stored(incident)), ...fresh]);
        await this.#options.store.put('transcript', incident, { transcripts: all });
        this.#written(incident, fresh);
      } catch (error) {
        if (errorCode(error) === 'DETOUR_STORE_UNAVAILABLE') {
          this.#wait();
          return;
        }
        this.#giveUp(incident, errorChain(error));
      }
    }
  }

  #written(incident: string, written: readonly Transcript[]): void {
    const rest = (this.#waiting.get(incident) ?? []).filter((one) => !written.includes(one));
    if (rest.length === 0) {
      this.#waiting.delete(incident);
    } else {
      this.#waiting.set(incident, rest);
    }
  }

  #next(): [string, readonly Transcript[]] | undefined {
    return this.#waiting.entries().next().value;
  }

  async #stored(incident: string): Promise<readonly Transcript[]> {
    const stored = await this.#options.store.get('transcript', incident);
    return this.#options.parse(stored?.value) ?? [];
  }

  #wait(): void {
    this.#retry = this.#options.clock.setTimer(retryEveryMs, () => {
      this.#retry = undefined;
      this.#write();
    });
  }
}

function bounded(all: readonly Transcript[]): readonly Transcript[] {
  const head = maxPerIncident / 2;
  return all.length <= maxPerIncident ? all : [...all.slice(0, head), ...all.slice(-head)];
}
