import { errorChain } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { ControlMetrics } from '../../metrics/control-metrics.ts';

/** Whether the store answered the last time it was asked, in the metric, the log and for whoever asks. */
export class StoreHealth {
  readonly #metrics: Pick<ControlMetrics, 'storeUp'>;
  readonly #log: Log;
  #isUp = true;

  constructor(metrics: Pick<ControlMetrics, 'storeUp'>, log: Log) {
    this.#metrics = metrics;
    this.#log = log;
    metrics.storeUp.set(1);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Takes in how an act on the store ended; `error` when it could not be reached. */
  note(error?: unknown): void {
    const isUp = error === undefined;
    if (isUp === this.#isUp) {
      return;
    }
    this.#isUp = isUp;
    this.#metrics.storeUp.set(isUp ? 1 : 0);
    if (isUp) {
      this.#log.info({}, 'The store answers again');
    } else {
      this.#log.error({ err: errorChain(error) }, 'The store cannot be reached');
    }
  }
}
