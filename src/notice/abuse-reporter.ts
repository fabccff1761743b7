import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { minute, second } from '../lib/time.ts';
import type { HostHelper } from '../ports/host-helper.ts';

/** Reports under way at once; more are dropped, and come again when the source goes on. */
const maxUnderWay = 200;
const reportWithinMs = 5 * second;

export type ReportResult = 'blocked' | 'failed' | 'dropped';

export interface AbuseReporterOptions {
  readonly helper: HostHelper;
  readonly blockMs: () => number;
  readonly onResult: (result: ReportResult) => void;
  readonly log: Log;
  readonly now: () => number;
}

/** Asks the helper of this host to block sources that go on abusing. Without a helper, their sessions are refused as before. */
export class AbuseReporter {
  readonly #options: AbuseReporterOptions;
  #underWay = 0;
  #lastComplaintMs = Number.NEGATIVE_INFINITY;

  constructor(options: AbuseReporterOptions) {
    this.#options = options;
  }

  /** Never throws, never waits. */
  report(source: string): void {
    const { onResult } = this.#options;
    if (this.#underWay >= maxUnderWay) {
      onResult('dropped');
      return;
    }
    this.#underWay += 1;
    // `#block` never rejects.
    void this.#block(source).then((result) => {
      this.#underWay -= 1;
      onResult(result);
    });
  }

  async #block(source: string): Promise<ReportResult> {
    const { helper, blockMs, log, now } = this.#options;
    try {
      const seconds = Math.max(1, Math.round(blockMs() / second));
      await helper.block(source, seconds, AbortSignal.timeout(reportWithinMs));
      return 'blocked';
    } catch (error) {
      // Once a minute: a flood must not be able to fill a disk.
      if (now() - this.#lastComplaintMs >= minute) {
        this.#lastComplaintMs = now();
        log.warn({ err: errorChain(error) }, 'An abusing source could not be blocked');
      }
      return 'failed';
    }
  }
}
