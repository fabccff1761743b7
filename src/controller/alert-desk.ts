import type { Alert } from '../core/command.ts';
import type { State } from '../core/state.ts';
import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { minute, second } from '../lib/time.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Alerter } from '../ports/alerter.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { AlertOutbox } from './alert-outbox.ts';
import { isAlertOver, isNote } from './standing-alerts.ts';

/** Alerts that may stand at once; beyond it new ones are told but not followed. */
export const standingLimit = 5_000;

/** How often the desk looks for alerts that are over and for those to be told again. */
const lookEveryMs = 15 * second;

export interface AlertDeskOptions {
  /** Asked at every alert, so that a reload can change them. */
  readonly alerters: () => readonly Alerter[];
  readonly state: () => State;
  /** Reads an alert that was stored; undefined when the document is not one. */
  readonly parse: (value: unknown) => Alert | undefined;
  readonly clock: Clock;
  readonly store: Store;
  readonly metrics: ControlMetrics;
  readonly log: Log;
}

interface Standing {
  readonly alert: Alert;
  readonly toldAt: number;
}

/** The same thing happening again within this time is one happening: it may be met at every try. */
const sameNoteMs = 10 * minute;

/** True when this run has told people the very same already, and it is no new happening. */
function isSaid({ alert, toldAt }: Standing, again: Alert): boolean {
  const isSame =
    alert.severity === again.severity && alert.reason === again.reason && alert.text === again.text;
  const isNew = isNote(again) && again.at - alert.at >= sameNoteMs;
  return toldAt !== Number.NEGATIVE_INFINITY && isSame && !isNew;
}

/**
 * Tells people what the core wants told, and follows each alert until what it says is over.
 * Standing alerts are stored, so that the controller which comes next tells them again or ends them: at least once, never lost.
 */
export class AlertDesk implements Disposable {
  readonly #options: AlertDeskOptions;
  readonly #outboxes = new Map<string, AlertOutbox>();
  readonly #standing = new Map<string, Standing>();
  #stored: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(options: AlertDeskOptions) {
    this.#options = options;
  }

  /** Alerts that stand now, the oldest first. */
  get standing(): readonly Alert[] {
    return [...this.#standing.values()].map(({ alert }) => alert);
  }

  /** Learns what stood before this controller acted. A store that is away costs repeats, nothing else. */
  async load(): Promise<void> {
    const { store, parse, log } = this.#options;
    this.#standing.clear();
    try {
      for (const { value } of await store.list('alert', { limit: standingLimit })) {
        const alert = parse(value);
        if (alert !== undefined) {
          this.#standing.set(alert.key, { alert, toldAt: Number.NEGATIVE_INFINITY });
        }
      }
    } catch (error) {
      log.warn({ err: errorChain(error) }, 'Standing alerts could not be read');
    }
    this.#count();
  }

  start(): void {
    this.#timer = this.#options.clock.setTimer(lookEveryMs, () => {
      this.#look();
      this.start();
    });
  }

  /** Takes an alert and returns at once. What stands and was told is not told again in the same words. */
  take(alert: Alert): void {
    const standing = this.#standing.get(alert.key);
    const before = standing?.alert;
    if (alert.isResolved) {
      this.#end(alert, before);
      return;
    }
    if (standing !== undefined && isSaid(standing, alert)) {
      return;
    }
    if (before !== undefined && before.severity !== alert.severity) {
      this.#endGrade(before, alert);
    }
    const hasRoom = before !== undefined || this.#standing.size < standingLimit;
    // A standby says what it meets and leaves what stands to the leader.
    if (hasRoom && this.#options.state().isLeader) {
      this.#standing.set(alert.key, { alert, toldAt: this.#options.clock.monotonicMs() });
      this.#store(alert.key, alert);
    }
    this.#count();
    this.#tell(alert);
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    for (const outbox of this.#outboxes.values()) {
      outbox.close();
    }
    this.#outboxes.clear();
  }

  /** The end of an alert has the severity of what ends: receivers that sort by it must hear both. */
  #end(alert: Alert, before: Alert | undefined): void {
    this.#standing.delete(alert.key);
    this.#count();
    if (before !== undefined) {
      this.#store(alert.key, undefined);
    }
    this.#tell({ ...alert, severity: before?.severity ?? alert.severity });
  }

  /** Receivers that know an alert by its severity too hear that it no longer stands in the one it had. */
  #endGrade(before: Alert, now: Alert): void {
    for (const outbox of this.#channels()) {
      if (outbox.alerter.repeatEveryMs !== undefined) {
        outbox.put({ ...before, at: now.at, isResolved: true });
      }
    }
  }

  #tell(alert: Alert): void {
    for (const outbox of this.#channels()) {
      outbox.put(alert);
    }
  }

  /** One outbox for each alerter in force; what waits for a receiver outlives a change of its settings. */
  #channels(): readonly AlertOutbox[] {
    const alerters = this.#options.alerters();
    const names = new Set(alerters.map(({ name }) => name));
    for (const [name, outbox] of this.#outboxes) {
      if (!names.has(name)) {
        outbox.close();
        this.#outboxes.delete(name);
      }
    }
    return alerters.map((alerter) => {
      const known = this.#outboxes.get(alerter.name);
      if (known === undefined) {
        const opened = new AlertOutbox(alerter, this.#options);
        this.#outboxes.set(alerter.name, opened);
        return opened;
      }
      if (known.alerter !== alerter) {
        known.changeAlerter(alerter);
      }
      return known;
    });
  }

  /** Ends what is over and tells again what is due. Before the warm-up nobody knows what is over; a standby follows nothing. */
  #look(): void {
    const { state, clock } = this.#options;
    const { isLeader, isWarmedUp } = state();
    if (!isLeader) {
      this.#standing.clear();
      this.#count();
    }
    if (!isLeader || !isWarmedUp) {
      return;
    }
    const channels = this.#channels();
    for (const standing of this.#standing.values()) {
      const { alert } = standing;
      if (isAlertOver(state(), alert, clock.now())) {
        const text = `No longer so: ${alert.text}`;
        this.#end({ ...alert, at: clock.now(), isResolved: true, text }, alert);
      } else {
        this.#tellAgain(channels, standing);
      }
    }
  }

  /** An alert that another run left is told to all; the others to those who forget. */
  #tellAgain(channels: readonly AlertOutbox[], { alert, toldAt }: Standing): void {
    const now = this.#options.clock.monotonicMs();
    const isInherited = toldAt === Number.NEGATIVE_INFINITY;
    const due = channels.filter(
      ({ alerter: { repeatEveryMs } }) =>
        isInherited || (repeatEveryMs !== undefined && now - toldAt >= repeatEveryMs),
    );
    for (const outbox of due) {
      outbox.put(alert);
    }
    if (due.length > 0) {
      this.#standing.set(alert.key, { alert, toldAt: now });
    }
  }

  #count(): void {
    this.#options.metrics.alertsStanding.set(this.#standing.size);
  }

  /** Writes follow one another, so that the last word about an alert is the one that stays. */
  #store(key: string, alert: Alert | undefined): void {
    const { store, log } = this.#options;
    this.#stored = this.#stored
      .then(async () => {
        await (alert === undefined ? store.remove('alert', key) : store.put('alert', key, alert));
      })
      .catch((error: unknown) => {
        log.warn({ key, err: errorChain(error) }, 'A standing alert could not be stored');
      });
  }
}
