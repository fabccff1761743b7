import { second } from '../lib/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** Every router is read this often, whether anything happened or not. */
export const readEveryMs = 30 * second;

/** A router that could not be read is tried again this soon. */
export const rereadEveryMs = 5 * second;

/** Reads every router again and again; the core puts right what differs. */
export class Reconciler {
  readonly #clock: Clock;
  readonly #read: (router: string) => void;
  readonly #isReadable: (router: string) => boolean;
  readonly #timers = new Map<string, Timer>();

  constructor(options: {
    readonly clock: Clock;
    readonly read: (router: string) => void;
    readonly isReadable: (router: string) => boolean;
  }) {
    this.#clock = options.clock;
    this.#read = options.read;
    this.#isReadable = options.isReadable;
  }

  /** Reads these routers at once and from then on; routers that are not named are left alone. */
  watch(routers: readonly string[]): void {
    for (const [name, timer] of this.#timers) {
      if (!routers.includes(name)) {
        timer.cancel();
        this.#timers.delete(name);
      }
    }
    for (const name of routers) {
      if (!this.#timers.has(name)) {
        this.#round(name);
      }
    }
  }

  /** Reads a watched router now, whenever it is due: it may be another device behind the same name. */
  readNow(router: string): void {
    if (this.#timers.has(router)) {
      this.#read(router);
    }
  }

  stop(): void {
    this.watch([]);
  }

  #round(name: string): void {
    this.#read(name);
    // Looked at often, read only when due: a router that answers again is seen within seconds.
    let waitedMs = 0;
    const next = (): void => {
      this.#timers.set(
        name,
        this.#clock.setTimer(rereadEveryMs, () => {
          waitedMs += rereadEveryMs;
          if (waitedMs >= readEveryMs || !this.#isReadable(name)) {
            waitedMs = 0;
            this.#read(name);
          }
          next();
        }),
      );
    };
    next();
  }
}
