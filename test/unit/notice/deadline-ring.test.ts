import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineRing, type Timed, tickMs } from '../../../src/notice/deadline-ring.ts';

const timed = (deadlineMs: number): Timed => ({ deadlineMs, slot: -1, place: -1 });

function dueAt(ring: DeadlineRing<Timed>, nowMs: number): readonly Timed[] {
  const due: Timed[] = [];
  ring.advance(nowMs, (item) => due.push(item));
  return due;
}

describe('the deadline ring', () => {
  it('hands an item over once its deadline is past, and only once', () => {
    const ring = new DeadlineRing<Timed>(0);
    const item = timed(1_000);
    ring.watch(item);

    expect(dueAt(ring, 999)).toEqual([]);
    expect(dueAt(ring, 1_000)).toEqual([item]);
    expect(dueAt(ring, 30_000)).toEqual([]);
  });

  it('waits on when the deadline was moved later', () => {
    const ring = new DeadlineRing<Timed>(0);
    const item = timed(1_000);
    ring.watch(item);
    item.deadlineMs = 6_000;

    expect(dueAt(ring, 5_900)).toEqual([]);
    expect(dueAt(ring, 6_000)).toEqual([item]);
  });

  it('hears of a sooner deadline when it is told', () => {
    const ring = new DeadlineRing<Timed>(0);
    const item = timed(5_000);
    ring.watch(item);
    item.deadlineMs = 500;
    ring.watch(item);

    expect(dueAt(ring, 500)).toEqual([item]);
    expect(ring.items()).toEqual([]);
  });

  it('forgets what has ended', () => {
    const ring = new DeadlineRing<Timed>(0);
    const item = timed(500);
    ring.watch(item);
    ring.forget(item);

    expect(dueAt(ring, 10_000)).toEqual([]);
  });

  it('forgets those that end in any order, and no others', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 30 }), (order) => {
        const ring = new DeadlineRing<Timed>(0);
        const items = Array.from({ length: 12 }, (_, n) => timed(500 + (n % 3) * 10));
        const kept = new Set(items);
        for (const item of items) {
          ring.watch(item);
        }
        for (const n of order) {
          const item = items[n % items.length];
          if (item !== undefined) {
            ring.forget(item);
            kept.delete(item);
          }
        }

        expect(new Set(ring.items())).toEqual(kept);
        expect(new Set(dueAt(ring, 1_000))).toEqual(kept);
      }),
    );
  });

  it('does not hand over what ends while others are handed over', () => {
    const ring = new DeadlineRing<Timed>(0);
    const items = Array.from({ length: 5 }, () => timed(500));
    for (const item of items) {
      ring.watch(item);
    }
    const due: Timed[] = [];

    ring.advance(1_000, (item) => {
      due.push(item);
      for (const other of items) {
        ring.forget(other);
      }
    });

    expect(due).toHaveLength(1);
  });

  it('is never early and at most a tick late, even after a stall of minutes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.array(fc.integer({ min: 0, max: 15_000 }), { maxLength: 40 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constant(300_000)), {
          minLength: 1,
          maxLength: 80,
        }),
        (startMs, ahead, steps) => {
          const ring = new DeadlineRing<Timed>(startMs);
          const open = new Set(ahead.map((ms) => timed(startMs + ms)));
          for (const item of open) {
            ring.watch(item);
          }
          let nowMs = startMs;
          for (const step of steps) {
            nowMs += step;
            const due = dueAt(ring, nowMs);

            expect(due.every((item) => item.deadlineMs <= nowMs && open.delete(item))).toBe(true);
            expect([...open].every((item) => item.deadlineMs > nowMs - 2 * tickMs)).toBe(true);
          }
        },
      ),
    );
  });
});
