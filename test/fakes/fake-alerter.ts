import type { Alert } from '../../src/core/command.ts';
import { DetourError } from '../../src/lib/errors.ts';
import type { Alerter } from '../../src/ports/alerter.ts';

/** A receiver whose mood the test sets; `told` is what it took, in order. */
export class FakeAlerter implements Alerter {
  readonly name: string;
  readonly repeatEveryMs?: number;
  readonly told: Alert[] = [];
  mood: 'well' | 'down' | 'refusing' | 'hung' = 'well';
  tries = 0;

  constructor(name: string, repeatEveryMs?: number) {
    this.name = name;
    if (repeatEveryMs !== undefined) {
      this.repeatEveryMs = repeatEveryMs;
    }
  }

  send(alert: Alert): Promise<void> {
    this.tries += 1;
    if (this.mood === 'hung') {
      return new Promise(() => undefined);
    }
    if (this.mood !== 'well') {
      const retryable = this.mood === 'down';
      return Promise.reject(
        new DetourError(`${this.name} is ${this.mood}`, { code: 'DETOUR_ALERT_FAILED', retryable }),
      );
    }
    this.told.push(alert);
    return Promise.resolve();
  }
}

/** An alert about a site that was diverted, over which a test lays its own. */
export function sampleAlert(own: Partial<Alert> = {}): Alert {
  return {
    key: 'diversion:home01',
    severity: 'warning',
    reason: 'proven',
    site: 'home01',
    text: 'home01 is diverted and its visitors see the notice',
    at: Date.UTC(2026, 0, 1),
    isResolved: false,
    ...own,
  };
}
