import type { HealthReport } from '../../api/http/options.ts';
import { second } from '../../lib/time.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { NoticeControl, NoticeStatus } from '../../ports/notice-control.ts';
import { snapshotLayout } from '../../ports/snapshot.ts';

/** The notice process is asked this often whether it serves. */
const askEveryMs = 5 * second;

const answerMs = second;

export interface HealthOptions {
  readonly clock: Clock;
  readonly notices: Pick<NoticeControl, 'status'>;
  /** True when only the one of several controllers that holds the lease may act, and the store that keeps it is away. */
  readonly isLeaseOutOfReach: () => boolean;
}

/** Why a notice process that answers cannot show a new notice; undefined when it can. */
function problemOf({ pid, version, problem, ...reads }: NoticeStatus): string | undefined {
  if (reads.snapshotLayout < snapshotLayout) {
    return `The notice process ${pid} is of version ${version} and cannot read the snapshots that this controller writes: it goes on with its last one, and no new notice can be shown. Restart it with the version of the controller.`;
  }
  return problem === null
    ? undefined
    : `The notice process serves an older snapshot: ${problem}. No new notice can be shown.`;
}

/** What keeps this controller from acting, besides what the core knows: its journal, the notice process, the store of the lease. */
export class Health implements AsyncDisposable {
  readonly #options: HealthOptions;
  #isJournalUp = true;
  #noticeProblem: string | undefined;
  #notice: NoticeStatus | undefined;
  #timer: Timer | undefined;
  #asking: Promise<void> = Promise.resolve();

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** Takes in whether an intent could be made durable. */
  noteJournal(isUp: boolean): void {
    this.#isJournalUp = isUp;
  }

  /** Begins to watch the notice process; resolves after the first answer. */
  async start(): Promise<void> {
    this.#asking = this.#ask();
    await this.#asking;
    this.#timer = this.#options.clock.setTimer(askEveryMs, () => {
      void this.start();
    });
  }

  report(): HealthReport {
    const unready = [
      this.#isJournalUp
        ? undefined
        : 'The journal cannot be written, so nothing is diverted or restored: make room on its disk, or mend it.',
      this.#noticeProblem,
      this.#options.isLeaseOutOfReach()
        ? 'The store cannot be reached, so no controller can hold the lease; orders need "detour break-glass".'
        : undefined,
    ];
    return {
      unready: unready.filter((reason) => reason !== undefined),
      notice: this.#notice,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#asking;
    this.#timer?.cancel();
  }

  async #ask(): Promise<void> {
    try {
      this.#notice = await this.#options.notices.status(AbortSignal.timeout(answerMs));
      this.#noticeProblem = problemOf(this.#notice);
    } catch {
      this.#notice = undefined;
      this.#noticeProblem =
        'The notice process does not answer, so no site can be diverted: start it with "detour notice".';
    }
  }
}
