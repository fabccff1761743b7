import { describe, expect, it } from 'vitest';
import { storedAlert } from '../../../src/app/stored-values.ts';
import { AlertDesk } from '../../../src/controller/alert-desk.ts';
import type { Phase } from '../../../src/core/phase.ts';
import type { State } from '../../../src/core/state.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { minute } from '../../../src/lib/time.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import type { Store } from '../../../src/ports/store.ts';
import { FakeAlerter, sampleAlert } from '../../fakes/fake-alerter.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore } from '../../fakes/memory-store.ts';
import { diversionOf, inPhase, registeredSite, stateOf } from '../../fakes/site-state.ts';

const diverted: Phase = { name: 'diverted', diversion: diversionOf(['192.0.2.10']) };

/** A desk with one receiver that remembers and one that forgets. */
class Bench {
  readonly clock = new ManualClock();
  readonly page = new FakeAlerter('page');
  readonly manager = new FakeAlerter('manager', minute);
  readonly metrics = openControlMetrics();
  readonly store: Store;
  readonly desk: AlertDesk;
  alerters = [this.page, this.manager];
  state: State;

  constructor(store?: Store) {
    this.store = store ?? new MemoryStore(this.clock);
    this.state = { ...stateOf(registeredSite('home01')), isWarmedUp: true, isLeader: true };
    this.enter(diverted);
    this.desk = new AlertDesk({
      alerters: () => this.alerters,
      state: () => this.state,
      parse: storedAlert,
      clock: this.clock,
      store: this.store,
      metrics: this.metrics,
      log: silentLog,
    });
    this.desk.start();
  }

  enter(phase: Phase): void {
    this.state = inPhase(this.state, 'home01', phase);
  }
}

const words = ({ told }: FakeAlerter): readonly string[] =>
  told.map(({ key, isResolved }) => `${key} ${isResolved ? 'ends' : 'stands'}`);

describe('the alert desk', () => {
  it('tells the same words once, however often a trouble is met again, and other words at once', async () => {
    const { desk, clock, page } = new Bench();
    const refused = sampleAlert({ text: 'refused' });

    for (let attempt = 0; attempt < 5; attempt += 1) {
      desk.take(refused);
      await clock.advanceAsync(5_000);
    }
    desk.take(sampleAlert({ text: 'no answer' }));
    await clock.advanceAsync(5_000);

    expect(page.told.map(({ text }) => text)).toEqual(['refused', 'no answer']);
  });

  it('tells of the same happening again when it happens again, and once of its echoes', async () => {
    const { desk, clock, page } = new Bench();
    const drift = (): ReturnType<typeof sampleAlert> =>
      sampleAlert({ key: 'drift:edge-1:192.0.2.10/32', text: 'put back', at: clock.now() });

    desk.take(drift());
    await clock.advanceAsync(minute);
    desk.take(drift());
    await clock.advanceAsync(15 * minute);
    desk.take(drift());
    await clock.advanceAsync(minute / 60);

    expect(page.told).toHaveLength(2);
  });

  it('tells a trouble once to who remembers and each minute to who forgets', async () => {
    const { desk, clock, page, manager } = new Bench();

    desk.take(sampleAlert());
    await clock.advanceAsync(3 * minute);

    expect(words(page)).toEqual(['diversion:home01 stands']);
    expect(manager.told).toHaveLength(4);
    expect(new Set(manager.told.map(({ at }) => at))).toEqual(new Set([sampleAlert().at]));
  });

  it('tells the end with the severity of what ends, and then no more', async () => {
    const { desk, clock, page, manager } = new Bench();

    desk.take(sampleAlert({ severity: 'critical' }));
    desk.take(sampleAlert({ severity: 'info', isResolved: true }));
    await clock.advanceAsync(3 * minute);

    for (const { told } of [page, manager]) {
      expect(told.map(({ severity, isResolved }) => [severity, isResolved])).toEqual([
        ['critical', false],
        ['critical', true],
      ]);
    }
    expect(desk.standing).toEqual([]);
  });

  it('ends by itself what nobody ended', async () => {
    const bench = new Bench();

    bench.desk.take(sampleAlert());
    await bench.clock.advanceAsync(minute);
    bench.enter({ name: 'serving' });
    await bench.clock.advanceAsync(minute);

    expect(words(bench.page)).toEqual(['diversion:home01 stands', 'diversion:home01 ends']);
  });

  it('tells again after a restart what stands still, and ends what does not', async () => {
    const first = new Bench();
    first.desk.take(sampleAlert());
    first.desk.take(sampleAlert({ key: 'held:home01', reason: 'observe-only' }));
    await first.clock.advanceAsync(0);
    first.desk[Symbol.dispose]();
    const second = new Bench(first.store);

    await second.desk.load();
    await second.clock.advanceAsync(minute);

    expect(words(second.page).toSorted()).toEqual(['diversion:home01 stands', 'held:home01 ends']);
    expect(await second.store.list('alert', { limit: 10 })).toHaveLength(1);
  });

  it('waits with the end of anything until the warm-up is over', async () => {
    const bench = new Bench();
    bench.state = { ...bench.state, isWarmedUp: false };
    bench.desk.take(sampleAlert());
    bench.enter({ name: 'serving' });

    await bench.clock.advanceAsync(minute);

    expect(words(bench.page)).toEqual(['diversion:home01 stands']);
  });

  it('leaves what stands to the leader', async () => {
    const bench = new Bench();
    bench.state = { ...bench.state, isLeader: false };

    bench.desk.take(sampleAlert());
    await bench.clock.advanceAsync(3 * minute);

    expect(bench.manager.told).toHaveLength(1);
    expect(await bench.store.list('alert', { limit: 10 })).toEqual([]);
  });

  it('does not let a dead receiver keep the others waiting', async () => {
    const { desk, clock, page, manager } = new Bench();
    page.mood = 'hung';

    desk.take(sampleAlert());
    desk.take(sampleAlert({ key: 'diversion:home02', site: 'home02' }));
    await clock.advanceAsync(0);

    expect(words(manager)).toEqual(['diversion:home01 stands', 'diversion:home02 stands']);
  });

  it('keeps what a receiver is owed over a change of its settings, and forgets one that left', async () => {
    const bench = new Bench();
    bench.page.mood = 'down';
    bench.desk.take(sampleAlert());
    await bench.clock.advanceAsync(0);
    const mended = new FakeAlerter('page');

    bench.alerters = [mended];
    await bench.clock.advanceAsync(minute);

    expect(words(mended)).toEqual(['diversion:home01 stands']);
    const { values } = await bench.metrics.alertsWaiting.get();
    expect(values.map(({ labels }) => labels.channel)).toEqual(['page']);
  });
});
