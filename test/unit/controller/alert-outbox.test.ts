import { describe, expect, it } from 'vitest';
import { AlertOutbox, outboxLimit } from '../../../src/controller/alert-outbox.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { type ControlMetrics, openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import { FakeAlerter, sampleAlert } from '../../fakes/fake-alerter.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

interface Bench {
  readonly clock: ManualClock;
  readonly metrics: ControlMetrics;
  readonly duty: FakeAlerter;
  readonly outbox: AlertOutbox;
}

function bench(): Bench {
  const clock = new ManualClock();
  const metrics = openControlMetrics();
  const duty = new FakeAlerter('duty');
  const outbox = new AlertOutbox(duty, { clock, metrics, log: silentLog });
  return { clock, metrics, duty, outbox };
}

const about = (site: string, own: Parameters<typeof sampleAlert>[0] = {}) =>
  sampleAlert({ key: `diversion:${site}`, site, ...own });

async function counted(metrics: ControlMetrics, result: string): Promise<number | undefined> {
  const { values } = await metrics.alerts.get();
  return values.find(({ labels }) => 'result' in labels && labels.result === result)?.value;
}

describe('what a receiver is owed', () => {
  it('is told in the order in which it came', async () => {
    const { clock, duty, outbox } = bench();

    outbox.put(about('home01'));
    outbox.put(about('home02'));
    outbox.put(about('home01', { isResolved: true }));
    await clock.advanceAsync(0);

    expect(duty.told.map(({ key, isResolved }) => [key, isResolved])).toEqual([
      ['diversion:home01', false],
      ['diversion:home02', false],
      ['diversion:home01', true],
    ]);
  });

  it('is tried again after 1, 2, 4 … seconds and at most a minute, until it is taken', async () => {
    const { clock, duty, outbox, metrics } = bench();
    duty.mood = 'down';

    outbox.put(about('home01'));
    await clock.advanceAsync(0);
    const gaps: number[] = [];
    for (let last = clock.monotonicMs(); gaps.length < 9; last = clock.monotonicMs()) {
      await clock.advanceAsync((clock.nextAt ?? 0) - last);
      gaps.push((clock.monotonicMs() - last) / 1_000);
    }
    duty.mood = 'well';
    await clock.advanceAsync(60_000);

    expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(duty.told).toEqual([about('home01')]);
    expect(await counted(metrics, 'failed')).toBe(10);
    expect(await counted(metrics, 'ok')).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('keeps one entry for each word about a trouble while the receiver is down, the last one said', async () => {
    const { clock, duty, outbox } = bench();
    duty.mood = 'down';

    outbox.put(about('home01', { text: 'first' }));
    outbox.put(about('home01', { text: 'second' }));
    outbox.put(about('home01', { isResolved: true }));
    outbox.put(about('home01', { text: 'third' }));
    duty.mood = 'well';
    await clock.advanceAsync(60_000);

    expect(duty.told.map(({ text, isResolved }) => (isResolved ? 'over' : text))).toEqual([
      'third',
      'over',
    ]);
  });

  it('gives up a try that hangs after 10 seconds and begins another', async () => {
    const { clock, duty, outbox } = bench();
    duty.mood = 'hung';

    outbox.put(about('home01'));
    await clock.advanceAsync(10_000);
    duty.mood = 'well';
    await clock.advanceAsync(1_000);

    expect(duty.tries).toBe(2);
    expect(duty.told).toHaveLength(1);
  });

  it('goes on behind an alert that the receiver refuses for good', async () => {
    const { clock, duty, outbox, metrics } = bench();
    duty.mood = 'refusing';

    outbox.put(about('home01'));
    await clock.advanceAsync(0);
    duty.mood = 'well';
    outbox.put(about('home02'));
    await clock.advanceAsync(0);

    expect(duty.told.map(({ site }) => site)).toEqual(['home02']);
    expect(await counted(metrics, 'dropped')).toBe(1);
  });

  it('has a bound, beyond which the oldest of the least grave is given up', async () => {
    const { clock, duty, outbox, metrics } = bench();
    duty.mood = 'down';

    outbox.put(about('grave', { severity: 'critical' }));
    for (let count = 1; count < outboxLimit; count += 1) {
      outbox.put(about(`home${count}`));
    }
    outbox.put(about('last', { severity: 'critical' }));
    duty.mood = 'well';
    await clock.advanceAsync(1_000);
    await clock.advanceAsync(0);
    for (let turn = 0; turn < outboxLimit && duty.told.length < outboxLimit; turn += 1) {
      await clock.advanceAsync(0);
    }

    expect(duty.told).toHaveLength(outboxLimit);
    const told = duty.told.map(({ site }) => site);
    expect(told).toContain('grave');
    expect(told).toContain('last');
    expect(told).not.toContain('home1');
    expect(await counted(metrics, 'dropped')).toBe(1);
  });

  it('is told at once when the way to the receiver was mended', async () => {
    const { clock, duty, outbox } = bench();
    duty.mood = 'down';
    outbox.put(about('home01'));
    await clock.advanceAsync(300_000);
    const mended = new FakeAlerter('duty');

    outbox.changeAlerter(mended);
    await clock.advanceAsync(0);

    expect(mended.told).toHaveLength(1);
  });
});
