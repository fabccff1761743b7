import type { ControlEvent } from '../core/event.ts';
import type { ProbeSpec } from '../core/site.ts';
import type { State } from '../core/state.ts';
import { familyOf } from '../lib/ip.ts';
import { second } from '../lib/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Prober } from '../ports/prober.ts';
import type { StallWatch } from './stall-watch.ts';

/** Something that must answer whenever our own uplink works. */
export interface Reference {
  readonly address: string;
  readonly port: number;
}

export interface ReferenceWatchOptions {
  readonly clock: Clock;
  /** Probes TCP. */
  readonly prober: Prober;
  readonly references: readonly Reference[];
  readonly state: () => State;
  readonly emit: (event: ControlEvent) => void;
  readonly stalls: Pick<StallWatch, 'wasStalledSince'>;
}

/** While every site is serving nothing waits for a reference. */
export const quietEveryMs = 5 * second;

/** A failing site waits for a reference that passed since, so then they come faster. */
export const busyEveryMs = second;

/** A single lost packet on every reference at once is not isolation. */
export const isolationFails = 2;

const timeoutMs = second;

interface Watched {
  readonly reference: Reference;
  readonly name: string;
  fails: number;
  isRunning: boolean;
}

/**
 * Asks reference targets whether our own uplink works.
 * We are isolated when every one of them has failed twice in a row, and no longer so when any passes.
 * A probe that says something about this host only counts for neither.
 */
export class ReferenceWatch {
  readonly #options: ReferenceWatchOptions;
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #watched: readonly Watched[];
  #timer: Timer | undefined;
  #roundAt = Number.NEGATIVE_INFINITY;
  #isIsolated = false;

  constructor(options: ReferenceWatchOptions) {
    this.#options = options;
    this.#watched = options.references.map(watch);
  }

  /** Begins with a round at once. */
  start(): void {
    this.#timer = this.#options.clock.setTimer(busyEveryMs, () => this.start());
    const now = this.#options.clock.monotonicMs();
    if (this.#isBusy() || now - this.#roundAt >= quietEveryMs) {
      this.#roundAt = now;
      this.#round();
    }
  }

  /** Takes other references; those that stay keep their count. Without any, nothing says that we are isolated. */
  replace(references: readonly Reference[]): void {
    this.#watched = references.map((reference) => {
      const known = this.#watched.find(({ name }) => name === nameOf(reference));
      return known ?? watch(reference);
    });
    this.#judge('the reference targets were changed');
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#abort.abort();
    await Promise.all(this.#running);
  }

  #isBusy(): boolean {
    return (
      this.#isIsolated ||
      this.#watched.some(({ fails }) => fails > 0) ||
      this.#options
        .state()
        .sites.values()
        .some(({ phase }) => phase.name !== 'serving')
    );
  }

  #round(): void {
    for (const watched of this.#watched) {
      if (!watched.isRunning) {
        const run = this.#ask(watched).finally(() => this.#running.delete(run));
        this.#running.add(run);
      }
    }
  }

  async #ask(watched: Watched): Promise<void> {
    const { clock, emit, prober, stalls } = this.#options;
    const { reference, name } = watched;
    const startedAt = clock.monotonicMs();
    watched.isRunning = true;
    const target = { site: name, spec: specOf(reference), address: reference.address };
    const { outcome } = await prober.probe({ ...target, path: 'address' }, this.#abort.signal);
    watched.isRunning = false;
    const isKept = this.#watched.includes(watched) && !this.#abort.signal.aborted;
    if (!isKept || outcome === 'inconclusive' || stalls.wasStalledSince(startedAt)) {
      return;
    }
    const isPass = outcome === 'pass';
    watched.fails = isPass ? 0 : watched.fails + 1;
    emit({ type: 'reference-finished', reference: name, isPass });
    this.#judge(`reference ${name} answers`);
  }

  #judge(whyNot: string): void {
    const count = this.#watched.length;
    const isIsolated = count > 0 && this.#watched.every(({ fails }) => fails >= isolationFails);
    if (isIsolated !== this.#isIsolated) {
      this.#isIsolated = isIsolated;
      const why = `no reference target answers (${count} asked, ${isolationFails} times in a row)`;
      const detail = isIsolated ? why : whyNot;
      this.#options.emit({ type: 'isolation-changed', isIsolated, detail });
    }
  }
}

function watch(reference: Reference): Watched {
  return { reference, name: nameOf(reference), fails: 0, isRunning: false };
}

function nameOf({ address, port }: Reference): string {
  return familyOf(address) === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

function specOf({ port }: Reference): ProbeSpec {
  return {
    name: 'reference',
    type: 'tcp',
    port,
    intervalMs: quietEveryMs,
    suspectIntervalMs: busyEveryMs,
    divertedIntervalMs: busyEveryMs,
    timeoutMs,
    rise: 1,
    fall: isolationFails,
    expect: { status: [] },
  };
}
