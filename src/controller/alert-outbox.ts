import type { Alert } from '../core/command.ts';
import { DetourError, errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { minute, second } from '../lib/time.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Alerter } from '../ports/alerter.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { withDeadline } from './deadline.ts';

/** Alerts that may wait for one receiver: more than an estate of 5,000 sites has troubles worth a person's time. */
export const outboxLimit = 1_000;

/** One try may take this long, whatever the receiver does. */
const tryMs = 10 * second;

const firstPauseMs = second;
const longestPauseMs = minute;

export interface OutboxOptions {
  readonly clock: Clock;
  readonly metrics: ControlMetrics;
  readonly log: Log;
}

const isSameWord = (a: Alert, b: Alert): boolean =>
  a.key === b.key && a.isResolved === b.isResolved && a.severity === b.severity;

/**
 * What one receiver is owed, told in order, one at a time, again with growing pauses until it takes it.
 * A receiver that is slow or dead holds up nobody but itself.
 */
export class AlertOutbox {
  readonly #options: OutboxOptions;
  #alerter: Alerter;
  #waiting: Alert[] = [];
  #isTelling = false;
  #isClosed = false;
  #failures = 0;
  #pause: Timer | undefined;

  constructor(alerter: Alerter, options: OutboxOptions) {
    this.#alerter = alerter;
    this.#options = options;
    options.metrics.alerts.inc({ channel: alerter.name, result: 'failed' }, 0);
    this.#count();
  }

  get alerter(): Alerter {
    return this.#alerter;
  }

  /** Goes on through another way to the same receiver, at once: the settings may just have been mended. */
  changeAlerter(alerter: Alerter): void {
    this.#alerter = alerter;
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#tell();
  }

  /** Takes an alert and returns at once. The same word about the same trouble waits only once, as it was last said. */
  put(alert: Alert): void {
    const known = this.#waiting.findIndex((other) => isSameWord(other, alert));
    if (known === -1) {
      this.#waiting.push(alert);
    } else {
      this.#waiting[known] = alert;
    }
    if (this.#waiting.length > outboxLimit) {
      this.#dropOne();
    }
    this.#count();
    this.#tell();
  }

  /** Forgets what waits; used when a receiver leaves the configuration and when the controller ends. */
  close(): void {
    this.#isClosed = true;
    this.#pause?.cancel();
    this.#waiting = [];
    this.#options.metrics.alertsWaiting.remove({ channel: this.#alerter.name });
  }

  #count(): void {
    this.#options.metrics.alertsWaiting.set({ channel: this.#alerter.name }, this.#waiting.length);
  }

  /** Gives up the oldest of the least grave. */
  #dropOne(): void {
    const least = (['info', 'warning', 'critical'] as const).find((severity) =>
      this.#waiting.some((alert) => alert.severity === severity),
    );
    const at = this.#waiting.findIndex(({ severity }) => severity === least);
    this.#drop(this.#waiting[at], 'too many wait');
    this.#waiting.splice(at, 1);
  }

  #drop(alert: Alert | undefined, why: string): void {
    const { metrics, log } = this.#options;
    metrics.alerts.inc({ channel: this.#alerter.name, result: 'dropped' });
    log.error(
      { channel: this.#alerter.name, key: alert?.key, text: alert?.text, why },
      'An alert was given up',
    );
  }

  #tell(): void {
    if (this.#isTelling || this.#isClosed || this.#pause !== undefined) {
      return;
    }
    const [next] = this.#waiting;
    if (next === undefined) {
      return;
    }
    this.#isTelling = true;
    const { clock } = this.#options;
    const limit = {
      ms: tryMs,
      what: `The alert through ${this.#alerter.name}`,
      code: 'DETOUR_ALERT_FAILED',
    } as const;
    withDeadline(clock, limit, (signal) => this.#alerter.send(next, signal)).then(
      () => this.#onTold(next),
      (error: unknown) => this.#onFailed(next, error),
    );
  }

  /** An alert that was said anew meanwhile stays, as the newer word. */
  #settle(alert: Alert): void {
    this.#waiting = this.#waiting.filter((other) => other !== alert);
    this.#isTelling = false;
    if (!this.#isClosed) {
      this.#count();
    }
  }

  #onTold(alert: Alert): void {
    const { metrics, log } = this.#options;
    metrics.alerts.inc({ channel: this.#alerter.name, result: 'ok' });
    if (this.#failures > 0) {
      log.info({ channel: this.#alerter.name, failures: this.#failures }, 'Alerts go out again');
    }
    this.#failures = 0;
    this.#settle(alert);
    this.#tell();
  }

  #onFailed(alert: Alert, error: unknown): void {
    const { metrics, log, clock } = this.#options;
    metrics.alerts.inc({ channel: this.#alerter.name, result: 'failed' });
    // Said once: a receiver that is down for a night must not fill the log.
    if (this.#failures === 0) {
      log.error(
        { channel: this.#alerter.name, key: alert.key, err: errorChain(error) },
        'An alert could not be sent',
      );
    }
    this.#failures += 1;
    this.#isTelling = false;
    if (error instanceof DetourError && !error.retryable) {
      this.#drop(alert, 'the receiver refuses it');
      this.#settle(alert);
      this.#tell();
      return;
    }
    if (!this.#isClosed) {
      const ms = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures - 1, 10));
      this.#pause = clock.setTimer(ms, () => {
        this.#pause = undefined;
        this.#tell();
      });
    }
  }
}
