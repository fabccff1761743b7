import type { ProbeResult } from '../../src/core/probe-result.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Prober, ProbeTarget } from '../../src/ports/prober.ts';

/** What the pretended site does: how its probes end, and after how long. */
export interface FakeBehaviour extends Partial<Omit<ProbeResult, 'startedAt' | 'latencyMs'>> {
  readonly afterMs?: number;
}

/** A prober without a network: a script says how each probe ends, the clock says when, the time limit and the caller may end it sooner. */
export class FakeProber implements Prober {
  readonly #clock: Clock;
  readonly #behave: (target: ProbeTarget) => FakeBehaviour;
  /** Every start so far. */
  readonly starts: { readonly at: number; readonly target: ProbeTarget }[] = [];

  constructor(clock: Clock, behave: (target: ProbeTarget) => FakeBehaviour = () => ({})) {
    this.#clock = clock;
    this.#behave = behave;
  }

  probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const { afterMs = 1, ...own } = this.#behave(target);
    const { timeoutMs } = target.spec;
    const startedAt = this.#clock.now();
    const began = this.#clock.monotonicMs();
    this.starts.push({ at: began, target });
    const { promise, resolve } = Promise.withResolvers<ProbeResult>();
    const end = (result: Pick<ProbeResult, 'outcome' | 'reason'>): void => {
      const latencyMs = this.#clock.monotonicMs() - began;
      resolve({ phases: {}, startedAt, latencyMs, ...result });
    };
    const isLate = afterMs > timeoutMs;
    const timer = this.#clock.setTimer(Math.min(afterMs, timeoutMs), () => {
      end(
        isLate
          ? { outcome: 'fail', reason: 'connect-timeout' }
          : { outcome: 'pass', reason: 'ok', ...own },
      );
    });
    const cancel = (): void => {
      timer.cancel();
      end({ outcome: 'inconclusive', reason: 'cancelled' });
    };
    if (signal.aborted) {
      cancel();
    } else {
      signal.addEventListener('abort', cancel, { once: true });
    }
    return promise;
  }

  /** Starts of one site's probes, on the monotonic clock. */
  startsOf(site: string): readonly number[] {
    return this.starts.filter(({ target }) => target.site === site).map(({ at }) => at);
  }
}
