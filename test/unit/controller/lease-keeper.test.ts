import { describe, expect, it } from 'vitest';
import { LeaseKeeper, leaseMs, renewEveryMs } from '../../../src/controller/lease-keeper.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { second } from '../../../src/lib/time.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { MemoryStore, SharedMemory } from '../../fakes/memory-store.ts';

interface Bench {
  readonly keeper: LeaseKeeper;
  readonly heard: string[];
}

function keeperOn(shared: SharedMemory, clock: ManualClock, holder: string): Bench {
  const heard: string[] = [];
  const keeper = new LeaseKeeper({
    store: new MemoryStore(clock, shared),
    clock,
    holder,
    onGained: async (term) => void heard.push(`gained ${term}`),
    onLost: () => void heard.push('lost'),
    onOther: () => undefined,
    log: silentLog,
  });
  return { keeper, heard };
}

/** Lets time pass in steps, with the answers of the store in between. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= second) {
    clock.advance(Math.min(second, left));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the lease keeper', () => {
  it('lets one of two controllers act, and the other only when the first is gone', async () => {
    const clock = new ManualClock();
    const shared = new SharedMemory();
    const one = keeperOn(shared, clock, 'one');
    const two = keeperOn(shared, clock, 'two');

    await one.keeper.start();
    await two.keeper.start();
    await pass(clock, 60 * second);
    expect([one.keeper.mayAct(), two.keeper.mayAct()]).toEqual([true, false]);

    await one.keeper.stop();
    await pass(clock, renewEveryMs);

    expect(one.heard).toEqual(['gained 1', 'lost']);
    expect(two.heard).toEqual(['gained 2']);
    expect([one.keeper.mayAct(), two.keeper.mayAct()]).toEqual([false, true]);
  });

  it('takes over within 20 s from a controller that died without a word', async () => {
    const clock = new ManualClock();
    const shared = new SharedMemory();
    const dead = new MemoryStore(clock, shared);
    const two = keeperOn(shared, clock, 'two');
    await dead.acquireLease('leader', 'dead', leaseMs);
    await two.keeper.start();

    await pass(clock, 20 * second);

    expect(two.keeper.mayAct()).toBe(true);
  });

  it('stops acting well before its lease ends when the store does not answer', async () => {
    const clock = new ManualClock();
    const shared = new SharedMemory();
    const one = keeperOn(shared, clock, 'one');
    await one.keeper.start();
    shared.isUp = false;

    await pass(clock, 9 * second);
    expect(one.keeper.mayAct()).toBe(true);
    await pass(clock, second);

    expect(one.keeper.mayAct()).toBe(false);
    expect(one.heard).toEqual(['gained 1', 'lost']);
  });

  it('may not act the moment it wakes from a pause longer than its lease', async () => {
    const clock = new ManualClock();
    const { keeper } = keeperOn(new SharedMemory(), clock, 'one');
    await keeper.start();
    expect(keeper.mayAct()).toBe(true);

    // The clock has gone on, but no timer of the paused process has run yet.
    const monotonicMs = clock.monotonicMs.bind(clock);
    clock.monotonicMs = () => monotonicMs() + 20 * second;

    expect(keeper.mayAct()).toBe(false);
  });

  it('gives the lease back when the lead cannot be taken', async () => {
    const clock = new ManualClock();
    const shared = new SharedMemory();
    const failing = new LeaseKeeper({
      store: new MemoryStore(clock, shared),
      clock,
      holder: 'failing',
      onGained: () => Promise.reject(new Error('the journal is full')),
      onLost: () => undefined,
      onOther: () => undefined,
      log: silentLog,
    });
    const two = keeperOn(shared, clock, 'two');

    await failing.start();
    await two.keeper.start();

    expect(failing.mayAct()).toBe(false);
    expect(two.keeper.mayAct()).toBe(true);
  });

  it('is not misled by a wall clock that jumps', async () => {
    const clock = new ManualClock();
    const shared = new SharedMemory();
    const one = keeperOn(shared, clock, 'one');
    const two = keeperOn(shared, clock, 'two');
    await one.keeper.start();
    await two.keeper.start();

    for (const jump of [24 * 3_600 * second, -48 * 3_600 * second]) {
      clock.stepWall(jump);
      await pass(clock, 10 * second);
      expect([one.keeper.mayAct(), two.keeper.mayAct()]).toEqual([true, false]);
    }
  });
});
