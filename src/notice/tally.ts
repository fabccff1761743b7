import { BucketCounts } from '../metrics/bucket-counts.ts';
import {
  type NoticeMetrics,
  type RefusalReason,
  refusalReasons,
  requestSecondsBuckets,
} from '../metrics/notice-metrics.ts';
import type { Admission } from './admission.ts';
import { otherSite, type SiteAccount } from './site-account.ts';

/** Counts on the path of a request in plain numbers, and hands them to the metrics when somebody asks. */
export class Tally {
  readonly #metrics: NoticeMetrics;
  /** How long answers took, in seconds. */
  readonly requestSeconds = new BucketCounts(requestSecondsBuckets);
  readonly #refusals = new Map<RefusalReason, number>();
  readonly #onFailure: (error: unknown) => void;

  constructor(metrics: NoticeMetrics, onFailure: (error: unknown) => void) {
    this.#metrics = metrics;
    this.#onFailure = onFailure;
    for (const reason of refusalReasons) {
      metrics.refused.inc({ reason }, 0);
    }
  }

  answered({ answers }: SiteAccount, status: number): void {
    answers.set(status, (answers.get(status) ?? 0) + 1);
  }

  refused(reason: RefusalReason): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
  }

  /** Our own fault in the midst of a request. */
  failed(error: unknown): void {
    this.#onFailure(error);
  }

  /** Brings the metrics up to date with everything counted so far. */
  collect(admission: Admission): void {
    for (const { label, answers } of admission.sites) {
      for (const [code, count] of answers) {
        this.#metrics.requests.inc({ site: label, code }, count);
      }
      answers.clear();
    }
    for (const [reason, count] of this.#refusals) {
      this.#metrics.refused.inc({ reason }, count);
    }
    this.#refusals.clear();
    this.#metrics.sessions.reset();
    this.#metrics.sessions.set({ site: otherSite }, 0);
    for (const { label, sessions } of admission.sites) {
      this.#metrics.sessions.set({ site: label }, sessions);
    }
  }
}
