import type { Clock, Timer } from '../../ports/clock.ts';

/** One signal that ends an attempt: when its time is up, or when the caller no longer wants it. Dispose it afterwards. */
export class AttemptLimit implements Disposable {
  readonly #abort = new AbortController();
  readonly #caller: AbortSignal;
  readonly #timer: Timer;
  readonly #onCancelled = (): void => this.#abort.abort();
  #isExpired = false;

  constructor(clock: Clock, timeoutMs: number, caller: AbortSignal) {
    this.#caller = caller;
    this.#timer = clock.setTimer(timeoutMs, () => {
      this.#isExpired = true;
      this.#abort.abort();
    });
    if (caller.aborted) {
      this.#abort.abort();
    }
    caller.addEventListener('abort', this.#onCancelled, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Which of the two ended the attempt, if either did; the time counts when both did. */
  get ending(): 'expired' | 'cancelled' | undefined {
    if (this.#isExpired) {
      return 'expired';
    }
    return this.#abort.signal.aborted ? 'cancelled' : undefined;
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#caller.removeEventListener('abort', this.#onCancelled);
  }
}
