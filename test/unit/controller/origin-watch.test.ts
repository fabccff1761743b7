import { describe, expect, it } from 'vitest';
import { OriginWatch } from '../../../src/controller/origin-watch.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import type { HostFacts } from '../../../src/core/facts.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { registeredSite, stateOf } from '../../fakes/site-state.ts';

function bench(answers: readonly (HostFacts | Error)[]) {
  const clock = new ManualClock();
  const events: ControlEvent[] = [];
  const metrics = openControlMetrics();
  const state = stateOf(registeredSite('home01'), registeredSite('home02'));
  let asked = 0;
  let isClosed = false;
  const host = {
    measure: async (): Promise<HostFacts> => {
      const answer = answers[asked] ?? {};
      asked += 1;
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
    },
  };
  const sites = ['home01', 'home02', 'gone'];
  const watch = new OriginWatch([{ name: 'web-1', sites, intervalMs: 15_000, host }], {
    clock,
    state: () => state,
    submit: (event): void => void events.push(event),
    metrics,
    log: silentLog,
  });
  const up = async (): Promise<number | undefined> =>
    (await metrics.originHostUp.get()).values[0]?.value;
  return { clock, events, watch, up, asked: () => asked, isClosed: () => isClosed };
}

describe('the watch over origin hosts', () => {
  it('tells each known site of a host what was measured, at the interval of the host', async () => {
    const { clock, events, watch, asked } = bench([{ load1: 1 }, { load1: 2 }]);

    watch.start();
    await clock.advanceAsync(14_000);
    expect(asked()).toBe(1);
    await clock.advanceAsync(1_500);

    expect(events).toEqual([
      { type: 'host-measured', site: 'home01', host: { load1: 1 } },
      { type: 'host-measured', site: 'home02', host: { load1: 1 } },
      { type: 'host-measured', site: 'home01', host: { load1: 2 } },
      { type: 'host-measured', site: 'home02', host: { load1: 2 } },
    ]);
    await watch[Symbol.asyncDispose]();
  });

  it('says nothing of a host that cannot be asked, shows that, and goes on asking', async () => {
    const { clock, events, watch, up } = bench([new Error('no route'), { load1: 2 }]);

    watch.start();
    await clock.advanceAsync(1_000);
    expect(await up()).toBe(0);
    expect(events).toEqual([]);
    await clock.advanceAsync(15_000);

    expect(await up()).toBe(1);
    expect(events).toHaveLength(2);
    await watch[Symbol.asyncDispose]();
  });

  it('asks no more once it is stopped, and lets the hosts go', async () => {
    const { clock, watch, asked, isClosed } = bench([{}, {}]);
    watch.start();
    await clock.advanceAsync(1_000);

    await watch[Symbol.asyncDispose]();
    await clock.advanceAsync(60_000);

    expect(asked()).toBe(1);
    expect(isClosed()).toBe(true);
  });
});
