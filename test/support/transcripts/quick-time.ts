import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { type HeapItem, MinHeap } from '../../../src/lib/min-heap.ts';

/** A turn of the event loop takes so long by this clock: whoever talks in circles comes to their limit too. */
const turnMs = 0.02;

interface Timer extends HeapItem {
  readonly at: number;
  /** Of two that are due at the same moment, the one that was set first comes first. */
  readonly order: number;
  readonly act: () => void;
}

const isSooner = (one: Timer, other: Timer): boolean =>
  one.at === other.at ? one.order < other.order : one.at < other.at;

/** As the true limits say it; one for all, because a hundred thousand with a stack each are most of the work. */
const tooLate = new DOMException('The operation was aborted due to timeout', 'TimeoutError');

/** The true one, whoever stands in its place since. */
const { setImmediate: turn } = timersPromises;

/** Nobody has anything left to do within this process but to wait. */
const isIdle = (): boolean => !process.getActiveResourcesInfo().includes('Immediate');

/**
 * Time that is spent waiting passes at once: the clock stands while anybody has something to do, and else goes to the next
 * moment for which somebody waits. For dialogues within this process alone, because what goes on elsewhere is not seen.
 * While it runs it takes the place of the timers, the time limits and the steady clock of the whole process.
 */
export class QuickTime {
  readonly #timers = new MinHeap<Timer>(isSooner);
  #nowMs = 0;
  #orders = 0;

  /** Acts by a clock of its own, and gives everything back afterwards. One at a time. */
  static async run<Result>(act: () => Promise<Result>): Promise<Result> {
    const time = new QuickTime();
    using _ = time.#takeOver();
    const progress = { isDone: false };
    const acting = act().finally(() => {
      progress.isDone = true;
    });
    await Promise.race([acting, time.#passUntil(progress)]);
    return await acting;
  }

  async #passUntil(progress: { readonly isDone: boolean }): Promise<void> {
    while (!progress.isDone) {
      await turn();
      this.#nowMs += turnMs;
      const next = this.#timers.peek();
      if (next !== undefined && (next.at <= this.#nowMs || isIdle())) {
        this.#nowMs = Math.max(this.#nowMs, next.at);
        this.#fireDue();
      }
    }
  }

  #fireDue(): void {
    for (;;) {
      const next = this.#timers.peek();
      if (next === undefined || next.at > this.#nowMs) {
        return;
      }
      this.#timers.pop();
      next.act();
    }
  }

  #after(ms: number, act: () => void): Timer {
    this.#orders += 1;
    const timer = { at: this.#nowMs + Math.max(1, ms), order: this.#orders, act, heapIndex: -1 };
    this.#timers.put(timer);
    return timer;
  }

  #takeOver(): Disposable {
    const handles = new WeakMap<object, Timer>();
    const setTimer = (act: () => void, ms = 1): object => {
      const handle = { ref: () => handle, unref: () => handle };
      handles.set(handle, this.#after(ms, act));
      return handle;
    };
    const clearTimer = (handle: unknown): void => {
      const timer = typeof handle === 'object' && handle !== null ? handles.get(handle) : undefined;
      if (timer !== undefined) {
        this.#timers.remove(timer);
      }
    };
    const limitAfter = (ms: number): AbortSignal => {
      const limit = new AbortController();
      this.#after(ms, () => limit.abort(tooLate));
      return limit.signal;
    };
    const given = new DisposableStack();
    for (const [place, name, stand] of [
      [globalThis, 'setTimeout', setTimer],
      [globalThis, 'clearTimeout', clearTimer],
      [AbortSignal, 'timeout', limitAfter],
      [performance, 'now', (): number => this.#nowMs],
      [timersPromises, 'setTimeout', this.#delay],
    ] as const) {
      const own = Object.getOwnPropertyDescriptor(place, name);
      Object.defineProperty(place, name, { value: stand, configurable: true, writable: true });
      given.defer(() => {
        Reflect.deleteProperty(place, name);
        if (own !== undefined) {
          Object.defineProperty(place, name, own);
        }
      });
    }
    syncBuiltinESMExports();
    given.defer(syncBuiltinESMExports);
    return given;
  }

  /** As `setTimeout` of `node:timers/promises`. */
  readonly #delay = <Value>(
    ms = 1,
    value?: Value,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Value | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<Value | undefined>();
    const abort = (): void => reject(signal?.reason);
    if (signal?.aborted) {
      abort();
      return promise;
    }
    this.#after(ms, () => resolve(value));
    signal?.addEventListener('abort', abort, { once: true });
    return promise;
  };
}
