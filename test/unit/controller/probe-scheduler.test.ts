import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstRoundMs } from '../../../src/controller/probe-cadence.ts';
import {
  type FinishedProbe,
  ProbeScheduler,
  type ProbeSchedulerOptions,
} from '../../../src/controller/probe-scheduler.ts';
import { StallWatch } from '../../../src/controller/stall-watch.ts';
import type { Phase } from '../../../src/core/phase.ts';
import type { State } from '../../../src/core/state.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import type { Prober } from '../../../src/ports/prober.ts';
import { type FakeBehaviour, FakeProber } from '../../fakes/fake-prober.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { probeSpec } from '../../fakes/probe-target.ts';
import { diversionOf, inPhase, registeredSite, stateOf } from '../../fakes/site-state.ts';

interface Bench {
  readonly clock: ManualClock;
  readonly prober: FakeProber;
  readonly scheduler: ProbeScheduler;
  readonly finished: FinishedProbe[];
}

function allTypes(prober: Prober): ProbeSchedulerOptions['probers'] {
  return { http: prober, https: prober, tcp: prober };
}

function bench(
  own: Partial<ProbeSchedulerOptions> = {},
  behave: (site: string) => FakeBehaviour = (): FakeBehaviour => ({}),
): Bench {
  const clock = new ManualClock();
  const prober = new FakeProber(clock, ({ site }) => behave(site));
  const finished: FinishedProbe[] = [];
  const scheduler = new ProbeScheduler({
    clock,
    probers: allTypes(prober),
    random: () => 0.5,
    stalls: { wasStalledSince: () => false },
    onResult: (one) => finished.push(one),
    ...own,
  });
  return { clock, prober, scheduler, finished };
}

function many(count: number): State {
  return stateOf(...Array.from({ length: count }, (_, index) => registeredSite(`site-${index}`)));
}

function gaps(starts: readonly number[]): readonly number[] {
  return starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
}

const suspect: Phase = { name: 'suspect', firstFailAt: 0 };
const diversion = diversionOf(['192.0.2.10']);

describe('the first round', () => {
  it('is over within two seconds and spread over them', async () => {
    const { clock, prober, scheduler } = bench();
    scheduler.apply(many(400));

    await clock.advanceAsync(firstRoundMs);

    expect(prober.starts).toHaveLength(400);
    for (const quarter of [0, 1, 2, 3]) {
      const share = prober.starts.filter(({ at }) => Math.floor(at / 500) === quarter).length;
      expect(share).toBeGreaterThan(60);
      expect(share).toBeLessThan(140);
    }
  });

  it('takes longer when there are very many targets, so that it does not stall us', async () => {
    const { clock, prober, scheduler } = bench();
    scheduler.apply(many(3_000));

    await clock.advanceAsync(firstRoundMs);
    const soon = prober.starts.length;
    await clock.advanceAsync(4_000);

    expect(soon).toBeGreaterThan(800);
    expect(soon).toBeLessThan(1_200);
    expect(prober.starts).toHaveLength(3_000);
  });

  it('has the same order after every start', async () => {
    const runs = await Promise.all(
      [bench({ random: () => 0 }), bench({ random: () => 0.9 })].map(
        async ({ clock, prober, scheduler }) => {
          scheduler.apply(many(50));
          await clock.advanceAsync(firstRoundMs);
          return prober.starts.map(({ at, target }) => `${target.site} ${at}`);
        },
      ),
    );

    expect(runs[0]).toEqual(runs[1]);
  });

  it('takes no longer than the interval of a fast probe', async () => {
    const { clock, prober, scheduler } = bench();
    const fast = { probes: [probeSpec({ intervalMs: 100 })] };
    scheduler.apply(stateOf(registeredSite('home01', fast)));

    await clock.advanceAsync(100);

    expect(prober.starts.length).toBeGreaterThanOrEqual(1);
  });
});

describe('the pace', () => {
  it('keeps the starts of a target within a tenth of its interval', async () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const { clock, prober, scheduler } = bench({ random });
    scheduler.apply(many(20));

    await clock.advanceAsync(600_000);

    const all = Array.from({ length: 20 }, (_, index) => gaps(prober.startsOf(`site-${index}`)));
    const flat = all.flat();
    expect(flat.length).toBeGreaterThan(1_000);
    expect(Math.min(...flat)).toBeGreaterThanOrEqual(9_000);
    expect(Math.max(...flat)).toBeLessThanOrEqual(11_000);
    expect(new Set(flat.map((gap) => Math.round(gap / 100))).size).toBeGreaterThan(15);
  });

  it('quickens as soon as a site is suspect, and only for that site', async () => {
    const { clock, prober, scheduler } = bench();
    const state = stateOf(registeredSite('home01'), registeredSite('home02'));
    scheduler.apply(state);
    await clock.advanceAsync(3_000);

    scheduler.apply(inPhase(state, 'home01', suspect));
    await clock.advanceAsync(6_500);

    expect(prober.startsOf('home01').length).toBeGreaterThanOrEqual(4);
    expect(gaps(prober.startsOf('home01')).slice(1)).toEqual([2_000, 2_000]);
    expect(prober.startsOf('home02')).toHaveLength(1);
  });

  it.each([
    ['serving', { name: 'serving' }, 10_000],
    ['suspect', suspect, 2_000],
    ['diverting', { name: 'diverting', diversion, stage: 'installing' }, 2_000],
    ['diverted', { name: 'diverted', diversion }, 5_000],
    ['recovering', { name: 'recovering', diversion, cleanSince: 0 }, 5_000],
    ['restoring', { name: 'restoring', diversion, stage: 'proving', isTrial: false }, 2_000],
    ['held on the notice', { name: 'held', on: 'notice', diversion }, 5_000],
    ['held on the origin', { name: 'held', on: 'origin' }, 10_000],
  ] as const satisfies readonly (readonly [string, Phase, number])[])(
    'of a site that is %s is the one of that phase',
    async (_, phase, intervalMs) => {
      const { clock, prober, scheduler } = bench();
      scheduler.apply(inPhase(stateOf(registeredSite('home01')), 'home01', phase));

      await clock.advanceAsync(60_000);

      expect(new Set(gaps(prober.startsOf('home01')))).toEqual(new Set([intervalMs]));
    },
  );

  it('goes back to the interval from the last start when the site is well again', async () => {
    const { clock, prober, scheduler } = bench();
    const state = stateOf(registeredSite('home01'));
    scheduler.apply(inPhase(state, 'home01', suspect));
    await clock.advanceAsync(5_000);
    const before = prober.startsOf('home01').at(-1) ?? 0;

    scheduler.apply(state);
    await clock.advanceAsync(20_000);

    expect(prober.startsOf('home01').find((at) => at > before)).toBe(before + 10_000);
  });

  it('follows a phase within 50 ms even in a storm of events', async () => {
    const { clock, prober, scheduler } = bench();
    const state = stateOf(registeredSite('home01'), registeredSite('home02'));
    scheduler.apply(state);
    await clock.advanceAsync(4_000);
    const last = prober.startsOf('home01').at(-1) ?? 0;

    scheduler.apply(inPhase(state, 'home02', suspect));
    scheduler.apply(inPhase(state, 'home01', suspect));
    await clock.advanceAsync(50);

    expect(clock.monotonicMs() - last).toBeGreaterThan(2_000);
    expect(prober.startsOf('home01').at(-1)).toBeGreaterThan(last);
  });

  it('is not disturbed by a reload that changes nothing', async () => {
    const { clock, prober, scheduler } = bench();
    scheduler.apply(stateOf(registeredSite('home01')));
    for (let second = 0; second < 60; second += 1) {
      scheduler.apply(stateOf(registeredSite('home01')));
      await clock.advanceAsync(1_000);
    }

    expect(new Set(gaps(prober.startsOf('home01')))).toEqual(new Set([10_000]));
  });
});

describe('a target', () => {
  it('is never probed twice at once, and goes on at once when a probe outlasts its interval', async () => {
    const slow = { probes: [probeSpec({ intervalMs: 1_000, timeoutMs: 2_500 })] };
    const { clock, prober, scheduler } = bench({}, () => ({ afterMs: 10_000 }));
    scheduler.apply(stateOf(registeredSite('home01', slow)));

    await clock.advanceAsync(20_000);

    expect(new Set(gaps(prober.startsOf('home01')))).toEqual(new Set([2_500]));
  });

  it('that is gone is cancelled, and nothing more is heard of it', async () => {
    const { clock, prober, scheduler, finished } = bench({}, () => ({ afterMs: 2_900 }));
    scheduler.apply(stateOf(registeredSite('home01')));
    await clock.advanceAsync(firstRoundMs);

    scheduler.apply(stateOf());
    await clock.advanceAsync(60_000);

    expect(prober.starts).toHaveLength(1);
    expect(finished).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('whose definition changes while it is probed is probed anew, and the old answer is dropped', async () => {
    const { clock, prober, scheduler, finished } = bench({}, () => ({ afterMs: 2_900 }));
    scheduler.apply(stateOf(registeredSite('home01')));
    await clock.advanceAsync(firstRoundMs);

    const url = 'http://home01.example.kr/elsewhere';
    scheduler.apply(stateOf(registeredSite('home01', { probes: [probeSpec({ url })] })));
    await clock.advanceAsync(firstRoundMs + 3_000);

    expect(prober.starts.map(({ target }) => target.spec.url)).toEqual([
      'http://home01.example.kr/',
      url,
    ]);
    expect(finished).toHaveLength(1);
  });

  it('is added for every new probe and address, and told by them', async () => {
    const { clock, scheduler, finished } = bench();
    scheduler.apply(stateOf(registeredSite('home01')));
    await clock.advanceAsync(5_000);
    const addresses = ['192.0.2.10', '2001:db8::10'];
    const probes = [probeSpec(), probeSpec({ name: 'smtp', type: 'tcp', port: 25 })];
    scheduler.apply(stateOf(registeredSite('home01', { addresses, probes })));

    await clock.advanceAsync(8_000);

    expect(new Set(finished.map(({ probe, address }) => `${probe}@${address}`))).toEqual(
      new Set(['web@192.0.2.10', 'web@2001:db8::10', 'smtp@192.0.2.10', 'smtp@2001:db8::10']),
    );
  });

  it('is probed over the path to the origin while its address is diverted, and only then', async () => {
    const { clock, scheduler, finished } = bench();
    const addresses = ['192.0.2.10', '192.0.2.11'];
    const site = registeredSite('home01', { addresses, origin: { address: '10.10.0.100' } });
    const state = stateOf(site);
    scheduler.apply(state);
    await clock.advanceAsync(firstRoundMs + 1);
    scheduler.apply(inPhase(state, 'home01', { name: 'diverted', diversion }));

    await clock.advanceAsync(8_000);

    expect(new Set(finished.slice(0, 2).map(({ path }) => path))).toEqual(new Set(['address']));
    expect(new Set(finished.slice(2).map(({ path, address }) => `${address} ${path}`))).toEqual(
      new Set(['192.0.2.10 origin', '192.0.2.11 address']),
    );
  });
});

describe('a second opinion', () => {
  it('is taken at once for the sites asked about, and the pace goes on from there', async () => {
    const { clock, prober, scheduler } = bench();
    scheduler.apply(stateOf(registeredSite('home01'), registeredSite('home02')));
    await clock.advanceAsync(5_000);

    scheduler.probeNow(['home01', 'nobody']);
    await clock.advanceAsync(14_999);

    expect(prober.startsOf('home01').slice(1)).toEqual([5_000, 15_000]);
    expect(prober.startsOf('home02')).toHaveLength(2);
  });

  it('waits for the probe under way and then takes a fresh one', async () => {
    const { clock, prober, scheduler } = bench({}, () => ({ afterMs: 2_500 }));
    scheduler.apply(stateOf(registeredSite('home01')));
    await clock.advanceAsync(firstRoundMs);
    const [first = 0] = prober.startsOf('home01');

    scheduler.probeNow(['home01']);
    scheduler.probeNow(['home01']);
    await clock.advanceAsync(4_000);

    expect(prober.startsOf('home01')).toEqual([first, first + 2_500]);
  });

  it('passes those that wait for room, without keeping them out', async () => {
    const { clock, prober, scheduler } = bench({ maxConcurrent: 1 }, () => ({ afterMs: 100 }));
    scheduler.apply(many(60));
    await clock.advanceAsync(firstRoundMs);
    const waiting = many(60);
    const late = waiting.sites.names.filter((site) => prober.startsOf(site).length === 0);
    const asked = late.slice(-4);

    scheduler.probeNow(asked);
    await clock.advanceAsync(1_000);

    const next = prober.starts.slice(-10).map(({ target }) => asked.includes(target.site));
    expect(next.filter(Boolean)).toHaveLength(4);
    expect(next.slice(0, 8).filter((isAsked) => !isAsked)).not.toHaveLength(0);
  });
});

describe('a limit on probes at once', () => {
  it('is never passed, and every target still gets its turn while most of them hang', async () => {
    const hangs = (site: string): boolean => site !== 'site-7';
    const { clock, prober, scheduler, finished } = bench({ maxConcurrent: 5 }, (site) => ({
      afterMs: hangs(site) ? 60_000 : 5,
    }));
    scheduler.apply(many(30));

    await clock.advanceAsync(120_000);

    const counts = Array.from(
      { length: 30 },
      (_, index) => prober.startsOf(`site-${index}`).length,
    );
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    expect(finished.filter(({ site }) => site === 'site-7').length).toBeGreaterThanOrEqual(5);
  });

  it('shows as lag in the metrics', async () => {
    const metrics = openControlMetrics();
    const { clock, scheduler } = bench({ maxConcurrent: 1, metrics }, () => ({ afterMs: 1_000 }));
    scheduler.apply(many(10));

    await clock.advanceAsync(11_500);

    const text = await metrics.registry.metrics();
    expect(text).toMatch(/detour_probe_lag_seconds_count 1\d\n/);
    expect(text).toMatch(/detour_probe_lag_seconds_bucket\{le="2"\} [3-5]\n/);
    expect(text).toMatch(
      /detour_probes_total\{site="site-3",probe="web",outcome="pass",reason="ok"\} 1/,
    );
  });

  it('forgets the series of a probe that is gone', async () => {
    const metrics = openControlMetrics();
    const { clock, scheduler } = bench({ metrics });
    scheduler.apply(many(2));
    await clock.advanceAsync(3_000);

    scheduler.apply(many(1));

    expect(await metrics.registry.metrics()).not.toContain('site-1');
  });
});

describe('a stall of the event loop', () => {
  it('voids what was under way, and nothing that began afterwards', async () => {
    const { clock, prober, finished, scheduler, stalls } = stallBench(2_000);
    const state = stateOf(registeredSite('home01'));
    scheduler.apply(inPhase(state, 'home01', suspect));
    await clock.advanceAsync(firstRoundMs);
    expect(prober.starts).toHaveLength(1);

    clock.stall(1_000);
    await clock.advanceAsync(10_000);
    stalls.stop();

    expect(finished[0]?.result).toMatchObject({ outcome: 'inconclusive', reason: 'stalled' });
    expect(finished.length).toBeGreaterThan(2);
    for (const { result } of finished.slice(1)) {
      expect(result).toMatchObject({ outcome: 'fail', reason: 'connect-timeout' });
    }
  });

  it('does not make all that was missed start at once', async () => {
    const { clock, prober, scheduler, stalls } = stallBench(1);
    scheduler.apply(many(200));
    await clock.advanceAsync(5_000);

    clock.stall(30_000);
    await clock.advanceAsync(0);
    const atOnce = prober.starts.length - 200;
    await clock.advanceAsync(firstRoundMs);
    stalls.stop();

    expect(atOnce).toBeLessThan(20);
    expect(prober.starts).toHaveLength(400);
  });
});

function stallBench(afterMs: number): Bench & { readonly stalls: StallWatch } {
  const clock = new ManualClock();
  const stalls = new StallWatch({ clock });
  stalls.start();
  const prober = new FakeProber(clock, () => ({
    afterMs,
    outcome: 'fail',
    reason: 'connect-timeout',
  }));
  const finished: FinishedProbe[] = [];
  const scheduler = new ProbeScheduler({
    clock,
    probers: allTypes(prober),
    random: () => 0.5,
    stalls,
    onResult: (one) => finished.push(one),
  });
  return { clock, prober, scheduler, finished, stalls };
}

describe('the scheduler', () => {
  it('goes on when a prober breaks its promise, and calls that our own trouble', async () => {
    const probe = (): Promise<never> => Promise.reject(new Error('out of luck'));
    const { clock, scheduler, finished } = bench({ probers: allTypes({ probe }) });
    scheduler.apply(stateOf(registeredSite('home01')));

    await clock.advanceAsync(25_000);

    expect(finished.length).toBeGreaterThanOrEqual(2);
    expect(finished[0]?.result).toMatchObject({ outcome: 'inconclusive', reason: 'local-error' });
  });

  it('stops with nothing left under way and no timer set', async () => {
    const { clock, scheduler, finished } = bench({}, () => ({ afterMs: 2_900 }));
    scheduler.apply(many(5));
    await clock.advanceAsync(firstRoundMs);

    await scheduler.stop();
    scheduler.apply(many(6));
    scheduler.probeNow(['site-1']);
    await clock.advanceAsync(60_000);

    expect(finished).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('never probes a target twice at once nor passes its limit, whatever happens in whatever order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(acts, { maxLength: 40 }), neverTwiceAtOnce), {
      numRuns: 150,
    });
  });
});

type Act =
  | { readonly act: 'advance'; readonly ms: number }
  | { readonly act: 'stall'; readonly ms: number }
  | { readonly act: 'now'; readonly site: number }
  | { readonly act: 'phase'; readonly site: number; readonly phase: Phase }
  | { readonly act: 'sites'; readonly count: number; readonly url: string };

const phases: readonly Phase[] = [{ name: 'serving' }, suspect, { name: 'diverted', diversion }];

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constant('advance' as const), ms: fc.nat(4_000) }),
  fc.record({ act: fc.constant('stall' as const), ms: fc.nat(9_000) }),
  fc.record({ act: fc.constant('now' as const), site: fc.nat(5) }),
  fc.record({
    act: fc.constant('phase' as const),
    site: fc.nat(5),
    phase: fc.constantFrom(...phases),
  }),
  fc.record({
    act: fc.constant('sites' as const),
    count: fc.nat(6),
    url: fc.constantFrom('http://a.example.kr/', 'http://b.example.kr/'),
  }),
);

/** Plays the acts and checks after each start what is under way and still wanted. */
async function neverTwiceAtOnce(script: readonly Act[]): Promise<void> {
  const clock = new ManualClock();
  const fake = new FakeProber(clock, () => ({ afterMs: (clock.monotonicMs() * 7) % 4_000 }));
  const underWay = new Map<string, AbortSignal>();
  const prober: Prober = {
    async probe(target, signal) {
      const key = `${target.site} ${target.spec.name}@${target.address}`;
      const other = underWay.get(key);
      expect(other === undefined || other.aborted).toBe(true);
      underWay.set(key, signal);
      expect([...underWay.values()].filter(({ aborted }) => !aborted).length).toBeLessThan(4);
      const result = await fake.probe(target, signal);
      if (underWay.get(key) === signal) {
        underWay.delete(key);
      }
      return result;
    },
  };
  const scheduler = new ProbeScheduler({
    clock,
    probers: allTypes(prober),
    random: () => 0.3,
    maxConcurrent: 3,
    stalls: { wasStalledSince: () => false },
    onResult: () => undefined,
  });
  const sitesOf = (count: number, url: string): State =>
    stateOf(
      ...Array.from({ length: count }, (_, index) =>
        registeredSite(`site-${index}`, { probes: [probeSpec({ url, timeoutMs: 3_000 })] }),
      ),
    );
  let state = sitesOf(4, 'http://a.example.kr/');
  scheduler.apply(state);
  for (const step of script) {
    if (step.act === 'advance') {
      await clock.advanceAsync(step.ms);
    } else if (step.act === 'stall') {
      clock.stall(step.ms);
    } else if (step.act === 'now') {
      scheduler.probeNow([`site-${step.site}`]);
    } else if (step.act === 'sites') {
      state = sitesOf(step.count, step.url);
      scheduler.apply(state);
    } else if (state.sites.get(`site-${step.site}`) !== undefined) {
      state = inPhase(state, `site-${step.site}`, step.phase);
      scheduler.apply(state);
    }
  }
  await scheduler.stop();
  expect(clock.pending).toBe(0);
}
