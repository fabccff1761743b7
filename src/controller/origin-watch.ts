import type { ControlEvent } from '../core/event.ts';
import type { State } from '../core/state.ts';
import { errorChain, errorCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { OriginHost } from '../ports/origin-host.ts';

/** A machine to be measured, and the sites that live on it. */
export interface WatchedHost {
  readonly name: string;
  readonly sites: readonly string[];
  readonly intervalMs: number;
  readonly host: OriginHost;
}

export interface OriginWatchOptions {
  readonly clock: Clock;
  readonly state: () => State;
  readonly submit: (event: ControlEvent) => void;
  readonly metrics: Pick<ControlMetrics, 'originHostUp'>;
  readonly log: Log;
}

/**
 * Measures the machines behind sites, each at its own interval, one measurement of a machine at a time.
 * A machine that cannot be asked gives no facts, and old ones end by themselves: it is no verdict on its sites.
 */
export class OriginWatch implements AsyncDisposable {
  readonly #options: OriginWatchOptions;
  readonly #hosts: readonly WatchedHost[];
  readonly #abort = new AbortController();
  readonly #timers = new Map<string, Timer>();
  readonly #running = new Set<Promise<void>>();
  /** Machines that could not be asked last time. */
  readonly #silent = new Set<string>();

  constructor(hosts: readonly WatchedHost[], options: OriginWatchOptions) {
    this.#hosts = hosts;
    this.#options = options;
  }

  /** Begins with one measurement of each. */
  start(): void {
    for (const host of this.#hosts) {
      this.#look(host);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('Detour is stopping'));
    for (const timer of this.#timers.values()) {
      timer.cancel();
    }
    await Promise.all(this.#running);
    await Promise.all(this.#hosts.map(({ host }) => host[Symbol.asyncDispose]()));
  }

  #look(host: WatchedHost): void {
    const run = this.#measure(host).finally(() => {
      this.#running.delete(run);
      if (!this.#abort.signal.aborted) {
        const again = this.#options.clock.setTimer(host.intervalMs, () => this.#look(host));
        this.#timers.set(host.name, again);
      }
    });
    this.#running.add(run);
  }

  async #measure({ name, sites, host }: WatchedHost): Promise<void> {
    const { state, submit, metrics, log } = this.#options;
    try {
      const facts = await host.measure(this.#abort.signal);
      this.#silent.delete(name);
      metrics.originHostUp.set({ host: name }, 1);
      for (const site of sites) {
        if (state().sites.get(site) !== undefined) {
          submit({ type: 'host-measured', site, host: facts });
        }
      }
    } catch (error) {
      if (this.#abort.signal.aborted) {
        return;
      }
      metrics.originHostUp.set({ host: name }, 0);
      if (!this.#silent.has(name)) {
        this.#silent.add(name);
        log.warn(
          { host: name, code: errorCode(error), err: errorChain(error) },
          'An origin host cannot be measured',
        );
      }
    }
  }
}
