import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';

/** A leader that was not heard of for this long has lost the lease (DESIGN section 10). */
export const leaseMs = 15 * second;

/** The lease is renewed, or reached for, this often. */
export const renewEveryMs = 5 * second;

/** No write begins in the last part of a lease: a router operation under way must not outlive it by much. */
export const leaseMarginMs = 5 * second;

export const leaseName = 'leader';

export interface LeaseKeeperOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Unlike that of any other controller. */
  readonly holder: string;
  /** Takes the lead; while it rejects, this controller gives the lease back. */
  readonly onGained: (term: number) => Promise<void>;
  readonly onLost: () => void;
  /** Hears, after each try, that another controller holds the lease. */
  readonly onOther: () => void;
  readonly log: Log;
}

/**
 * Keeps one of several controllers the leader. Every duration is of the monotonic clock and counted from before the
 * request was sent, so that neither a slow answer nor a wrong wall clock makes a lease look longer than the store holds it.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  #deadlineMs = Number.NEGATIVE_INFINITY;
  #isHeld = false;
  #isStopped = false;
  #renewal: Timer | undefined;
  #end: Timer | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** True while a write may begin. A process that was paused finds it false when it wakes, before anything else. */
  mayAct(): boolean {
    return this.#isHeld && this.#options.clock.monotonicMs() < this.#deadlineMs - leaseMarginMs;
  }

  /** Reaches for the lease at once, then again and again; resolves after the first try. */
  async start(): Promise<void> {
    this.#round = this.#try();
    await this.#round;
    this.#schedule();
  }

  /** Gives the lease up, so that a standby need not wait for its end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#renewal?.cancel();
    await this.#round;
    const wasHeld = this.#isHeld;
    this.#lose();
    if (wasHeld) {
      await this.#release();
    }
  }

  #schedule(): void {
    if (this.#isStopped) {
      return;
    }
    this.#renewal = this.#options.clock.setTimer(renewEveryMs, () => {
      this.#round = this.#try().finally(() => this.#schedule());
    });
  }

  async #try(): Promise<void> {
    const { store, clock, holder, log } = this.#options;
    const askedAtMs = clock.monotonicMs();
    try {
      const lease = await store.acquireLease(leaseName, holder, leaseMs);
      if (lease === undefined) {
        this.#lose();
        this.#options.onOther();
        return;
      }
      this.#deadlineMs = askedAtMs + leaseMs;
      this.#watchEnd();
      if (!this.#isHeld) {
        await this.#gain(lease.token);
      }
    } catch (error) {
      // Not knowing is not holding: the lease ends by itself at its deadline.
      log.warn({ err: errorChain(error) }, 'The lease could not be renewed');
    }
  }

  async #gain(term: number): Promise<void> {
    try {
      await this.#options.onGained(term);
      this.#isHeld = true;
    } catch (error) {
      this.#options.log.error({ err: errorChain(error) }, 'The lead could not be taken');
      await this.#release();
    }
  }

  #watchEnd(): void {
    const { clock } = this.#options;
    this.#end?.cancel();
    const leftMs = this.#deadlineMs - leaseMarginMs - clock.monotonicMs();
    this.#end = clock.setTimer(Math.max(0, leftMs), () => this.#lose());
  }

  #lose(): void {
    this.#end?.cancel();
    if (this.#isHeld) {
      this.#isHeld = false;
      this.#options.onLost();
    }
  }

  async #release(): Promise<void> {
    const { store, holder, log } = this.#options;
    try {
      await store.releaseLease(leaseName, holder);
    } catch (error) {
      log.warn({ err: errorChain(error) }, 'The lease could not be given up; it ends by itself');
    }
  }
}
