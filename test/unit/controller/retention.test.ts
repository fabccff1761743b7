import { describe, expect, it } from 'vitest';
import { Retention } from '../../../src/controller/retention.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { day, minute } from '../../../src/lib/time.ts';
import type { Calendar } from '../../../src/ports/calendar.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore } from '../../fakes/memory-store.ts';

const times = { incidents: 100 * day, transcripts: 50 * day, drills: 50 * day };

interface Bench {
  readonly clock: ManualClock;
  readonly store: MemoryStore;
  readonly retention: Retention;
  /** What the calendar was asked for, and its turn. */
  readonly nights: { cron: string; turn: () => void }[];
  isLeader: boolean;
}

function openBench(): Bench {
  const clock = new ManualClock();
  const store = new MemoryStore(clock);
  const nights: Bench['nights'] = [];
  const calendar: Calendar = {
    every: (cron, _, turn) => {
      nights.push({ cron, turn });
      return { stop: () => undefined, nextAt: () => undefined };
    },
    problem: () => undefined,
  };
  const bench: Bench = {
    clock,
    store,
    nights,
    isLeader: true,
    retention: new Retention({
      store,
      calendar,
      clock,
      times: () => times,
      mayAct: () => bench.isLeader,
      log: silentLog,
    }),
  };
  return bench;
}

async function idsOf({ store }: Bench): Promise<readonly string[]> {
  const kinds = ['incident', 'transcript', 'drill', 'notice'] as const;
  const lists = await Promise.all(kinds.map((kind) => store.list(kind, { limit: 10 })));
  return lists.flat().map(({ id }) => id);
}

describe('the retention', () => {
  it('removes what is older than its time, each kind by its own, and touches nothing else', async () => {
    const bench = openBench();
    await bench.store.put('incident', 'old incident', {});
    await bench.store.put('notice', 'old notice', {});
    bench.clock.advance(40 * day);
    await bench.store.put('incident', 'incident', {});
    await bench.store.put('transcript', 'old transcript', {});
    bench.clock.advance(55 * day);
    await bench.store.put('transcript', 'transcript', {});
    await bench.store.put('drill', 'drill', {});
    bench.clock.advance(6 * day);

    await bench.retention.clear();

    expect(await idsOf(bench)).toEqual(['incident', 'transcript', 'drill', 'old notice']);
  });

  it('has its turn every night, and once soon after a start', async () => {
    const bench = openBench();
    await bench.store.put('drill', 'old', {});
    bench.clock.advance(51 * day);
    bench.retention.start();

    await bench.clock.advanceAsync(10 * minute);
    const afterStart = await idsOf(bench);
    await bench.store.put('drill', 'next', {});
    bench.clock.advance(51 * day);
    bench.nights[0]?.turn();
    await bench.clock.advanceAsync(0);

    expect(bench.nights.map(({ cron }) => cron)).toEqual(['40 3 * * *']);
    expect(afterStart).toEqual([]);
    expect(await idsOf(bench)).toEqual([]);
  });

  it('leaves the store to the leader', async () => {
    const bench = openBench();
    await bench.store.put('drill', 'old', {});
    bench.clock.advance(51 * day);
    bench.isLeader = false;

    await bench.retention.clear();

    expect(await idsOf(bench)).toEqual(['old']);
  });

  it('waits for the next night when the store is away', async () => {
    const bench = openBench();
    bench.store.shared.isUp = false;

    await expect(bench.retention.clear()).resolves.toBeUndefined();
  });
});
