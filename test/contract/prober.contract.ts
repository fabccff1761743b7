import { describe, expect, it } from 'vitest';
import { type ProbeReason, probeOutcomes, probeReasons } from '../../src/core/probe-result.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Prober, ProbeTarget } from '../../src/ports/prober.ts';

/** How a site can stand when a prober comes. */
export type Situation = 'healthy' | 'closed' | 'silent';

export interface ProberBench {
  readonly prober: Prober;
  readonly clock: Clock;
  /** Brings a site into a situation and gives the target that leads there. */
  readonly target: (situation: Situation) => Promise<ProbeTarget>;
  /** Waits for a probe, letting time pass where time has to be pushed. */
  readonly finish: <T>(probe: Promise<T>) => Promise<T>;
}

/** What every prober promises. `silentReason` is how it calls a site that takes the connection and then says nothing; undefined if it never asks for more. */
export function proberContract(
  name: string,
  silentReason: ProbeReason | undefined,
  withBench: (use: (bench: ProberBench) => Promise<void>) => Promise<void>,
): void {
  const never = new AbortController().signal;

  describe(`${name} keeps the promises of a prober`, () => {
    it('passes a healthy site and says when it began and how long it took', () =>
      withBench(async ({ prober, clock, target, finish }) => {
        const before = clock.now();

        const result = await finish(prober.probe(await target('healthy'), never));

        expect(result).toMatchObject({ outcome: 'pass', reason: 'ok' });
        expect(result.startedAt).toBeGreaterThanOrEqual(before);
        expect(result.startedAt).toBeLessThanOrEqual(clock.now());
        expect(result.latencyMs).toBeGreaterThan(0);
        expect(result.latencyMs).toBeLessThan(1_000);
      }));

    it('fails a site whose port is closed, without waiting', () =>
      withBench(async ({ prober, target, finish }) => {
        const result = await finish(prober.probe(await target('closed'), never));

        expect(result).toMatchObject({ outcome: 'fail', reason: 'refused' });
        expect(result.latencyMs).toBeLessThan(1_000);
      }));

    it('ends within the time limit of the probe when nothing comes', () =>
      withBench(async ({ prober, target, finish }) => {
        const silent = await target('silent');

        const result = await finish(prober.probe(silent, never));

        expect(result).toMatchObject(
          silentReason === undefined
            ? { outcome: 'pass', reason: 'ok' }
            : { outcome: 'fail', reason: silentReason },
        );
        expect(result.latencyMs).toBeLessThan(silent.spec.timeoutMs + 500);
      }));

    it('says nothing about the site when it is cancelled, before or during the probe', () =>
      withBench(async ({ prober, target, finish }) => {
        const silent = await target('silent');
        const during = new AbortController();

        const early = await finish(prober.probe(silent, AbortSignal.abort()));
        const running = prober.probe(silent, during.signal);
        during.abort();
        const late = await finish(running);

        for (const result of [early, late]) {
          expect(result).toMatchObject({ outcome: 'inconclusive', reason: 'cancelled' });
        }
      }));

    it('can make many probes at once, each with its own result from the closed sets', () =>
      withBench(async ({ prober, target, finish }) => {
        const healthy = await target('healthy');
        const closed = await target('closed');
        const all = Array.from({ length: 20 }, (_, index) =>
          prober.probe(index % 2 === 0 ? healthy : closed, never),
        );

        const results = await finish(Promise.all(all));

        expect(results.map(({ outcome }) => outcome)).toEqual(
          Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'pass' : 'fail')),
        );
        for (const { outcome, reason } of results) {
          expect(probeOutcomes).toContain(outcome);
          expect(probeReasons).toContain(reason);
        }
      }));
  });
}
