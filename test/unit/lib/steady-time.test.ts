import { describe, expect, it } from 'vitest';
import { SteadyTime } from '../../../src/lib/steady-time.ts';
import { day, hour, minute, second } from '../../../src/lib/time.ts';

/** A machine whose two clocks are set by hand. */
class Machine {
  wall = Date.UTC(2026, 0, 1);
  monotonicMs = 0;
  readonly time = new SteadyTime(
    () => this.wall,
    () => this.monotonicMs,
  );

  pass(ms: number): void {
    this.wall += ms;
    this.monotonicMs += ms;
  }
}

describe('steady time', () => {
  it('is the wall time while nobody steps the clock', () => {
    const machine = new Machine();

    machine.pass(3 * hour);

    expect(machine.time.now()).toBe(machine.wall);
  });

  it.each([
    ['forward', day],
    ['back', -day],
  ])('measures a wait right to a tenth across a step %s by a day', (_way, step) => {
    const machine = new Machine();
    const began = machine.time.now();

    machine.wall += step;
    machine.pass(100 * second);
    const waitedMs = machine.time.now() - began;

    expect(waitedMs).toBeGreaterThanOrEqual(90 * second);
    expect(waitedMs).toBeLessThanOrEqual(110 * second);
  });

  it('never goes back', () => {
    const machine = new Machine();
    let last = machine.time.now();

    for (let round = 0; round < 100; round += 1) {
      machine.wall += round % 2 === 0 ? -minute : minute / 2;
      machine.pass(round % 3);
      const now = machine.time.now();

      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  it('agrees with the wall clock again after a while', () => {
    const machine = new Machine();

    machine.wall += 5 * second;
    for (let round = 0; round < 60; round += 1) {
      machine.pass(second);
      machine.time.now();
    }

    expect(machine.time.now()).toBe(machine.wall);
  });
});
