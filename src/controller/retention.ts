import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { minute } from '../lib/time.ts';
import type { Calendar, CalendarJob } from '../ports/calendar.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { DocumentKind, Store } from '../ports/store.ts';

/** How long each part of the history is kept, in milliseconds. */
export interface RetentionTimes {
  readonly incidents: number;
  readonly transcripts: number;
  readonly drills: number;
}

const kinds: Readonly<Record<keyof RetentionTimes, DocumentKind>> = {
  incidents: 'incident',
  transcripts: 'transcript',
  drills: 'drill',
};

/** In the quiet of the night, and never on a full hour, when everybody else's jobs begin. */
const daily = '40 3 * * *';

/** A controller that is started anew every day would never see the night. */
const firstAfterMs = 10 * minute;

export interface RetentionOptions {
  readonly store: Pick<Store, 'prune'>;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly times: () => RetentionTimes;
  /** Only the leader clears up: one is enough. */
  readonly mayAct: () => boolean;
  readonly log: Log;
}

/** Takes history that is older than it has to be kept out of the store, once a day and soon after a start. */
export class Retention {
  readonly #options: RetentionOptions;
  #job: CalendarJob | undefined;
  #first: Timer | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    const { calendar, clock } = this.#options;
    const clear = (): void => void this.clear();
    this.#job = calendar.every(daily, 'UTC', clear);
    this.#first = clock.setTimer(firstAfterMs, clear);
  }

  stop(): void {
    this.#job?.stop();
    this.#first?.cancel();
  }

  /** Clears up now. Never rejects: what could not be removed today is removed tomorrow. */
  async clear(): Promise<void> {
    const { mayAct, store, clock, times, log } = this.#options;
    for (const [part, keepMs] of Object.entries(times())) {
      const kind = isPart(part) ? kinds[part] : undefined;
      if (kind === undefined || !mayAct()) {
        continue;
      }
      try {
        const removed = await store.prune(kind, clock.now() - keepMs);
        if (removed > 0) {
          log.info({ kind, removed }, 'Old history was removed from the store');
        }
      } catch (error) {
        log.warn({ kind, err: errorChain(error) }, 'Old history could not be removed');
      }
    }
  }
}

const isPart = (text: string): text is keyof RetentionTimes => Object.hasOwn(kinds, text);
