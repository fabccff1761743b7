import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';

/** What every clock promises. `pass` lets at least so much of its time go by. */
export function clockContract(
  name: string,
  open: () => { readonly clock: Clock; readonly pass: (ms: number) => Promise<void> },
): void {
  describe(`${name} keeps the promises of a clock`, () => {
    it('fires timers in the order of their moments, and not early', async () => {
      const { clock, pass } = open();
      const began = clock.monotonicMs();
      const fired: [string, number][] = [];
      clock.setTimer(40, () => fired.push(['late', clock.monotonicMs() - began]));
      clock.setTimer(5, () => fired.push(['soon', clock.monotonicMs() - began]));

      await pass(60);

      expect(fired.map(([which]) => which)).toEqual(['soon', 'late']);
      // Timers of the machine count in whole milliseconds.
      expect(fired[0]?.[1]).toBeGreaterThanOrEqual(4);
      expect(fired[1]?.[1]).toBeGreaterThanOrEqual(39);
    });

    it('does not fire a cancelled timer, and takes a late or second cancel in its stride', async () => {
      const { clock, pass } = open();
      let fired = 0;
      const cancelled = clock.setTimer(5, () => {
        fired += 1;
      });
      const done = clock.setTimer(5, () => {
        fired += 10;
      });
      cancelled.cancel();
      cancelled.cancel();

      await pass(20);
      done.cancel();

      expect(fired).toBe(10);
    });

    it('fires a timer without delay, or with one that is past, as soon as it can but never at once', async () => {
      const { clock, pass } = open();
      let fired = 0;
      clock.setTimer(0, () => {
        fired += 1;
      });
      clock.setTimer(-5, () => {
        fired += 1;
      });
      const before = fired;

      await pass(10);

      expect([before, fired]).toEqual([0, 2]);
    });

    it('does not fire early when the delay is longer than a machine timer can count', async () => {
      const { clock, pass } = open();
      let fired = 0;
      const timer = clock.setTimer(2 ** 32, () => {
        fired += 1;
      });

      await pass(20);
      timer.cancel();

      expect(fired).toBe(0);
    });

    it('never goes back on the monotonic clock', async () => {
      const { clock, pass } = open();
      const before = clock.monotonicMs();

      await pass(5);

      expect(clock.monotonicMs()).toBeGreaterThan(before);
      expect(clock.now()).toBeGreaterThan(Date.UTC(2025, 0, 1));
    });
  });
}
