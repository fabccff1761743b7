import { describe, expect, it } from 'vitest';
import { ResultQueue, type Seen } from '../../../src/app/vantage/result-queue.ts';
import { second } from '../../../src/lib/time.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

const seen = (site: string, startedAtMs: number): Seen => ({
  startedAtMs,
  finished: {
    site,
    probe: 'web',
    address: '192.0.2.10',
    path: 'address',
    result: { outcome: 'pass', reason: 'ok', startedAt: 1, latencyMs: 2, phases: {} },
  },
});

describe('results on their way to a controller', () => {
  it('carry their age at the moment they leave, and no time of this machine', () => {
    const clock = new ManualClock();
    const queue = new ResultQueue(clock);
    queue.add(seen('home01', clock.monotonicMs()));
    clock.advance(700);

    const [result] = queue.reportable(queue.first(10));

    expect(result).toMatchObject({ site: 'home01', ageMs: 700, outcome: 'pass' });
    expect(result).not.toHaveProperty('startedAt');
  });

  it('are dropped when they are too old to count', () => {
    const clock = new ManualClock();
    const queue = new ResultQueue(clock);
    queue.add(seen('old', clock.monotonicMs()));
    clock.advance(31 * second);
    queue.add(seen('new', clock.monotonicMs()));

    queue.dropOld();

    expect(queue.first(10).map(({ finished }) => finished.site)).toEqual(['new']);
  });

  it('give way to newer ones when too many wait', () => {
    const queue = new ResultQueue(new ManualClock());
    for (let number = 0; number < 5_010; number += 1) {
      queue.add(seen(`s${number}`, 0));
    }

    expect(queue.size).toBe(5_000);
    expect(queue.first(1)[0]?.finished.site).toBe('s10');
  });
});
