import { describe, expect, it } from 'vitest';
import { QueueAge } from '../../../src/notice/queue-age.ts';

/** Accepts so many at one moment, and gives how long each was seen to wait. */
const acceptMany = (queue: QueueAge, count: number, nowMs: number): readonly number[] =>
  Array.from({ length: count }, () => queue.accept(nowMs));

describe('the age of a queue that nothing stamps', () => {
  it('is nothing for connections that nobody saw waiting', () => {
    expect(acceptMany(new QueueAge(), 3, 1_000)).toEqual([0, 0, 0]);
  });

  it('is counted from when a connection was first seen in the queue', () => {
    const queue = new QueueAge();
    queue.see(2, 1_000);
    queue.see(4, 1_030);

    const ages = acceptMany(queue, 5, 1_050);

    expect(ages).toEqual([50, 50, 20, 20, 0]);
  });

  it('knows those who wait from those who came after others had been accepted', () => {
    const queue = new QueueAge();
    queue.see(3, 1_000);
    const first = acceptMany(queue, 2, 1_010);
    queue.see(3, 1_020);

    const then = acceptMany(queue, 3, 1_040);

    expect(first).toEqual([10, 10]);
    expect(then).toEqual([40, 20, 20]);
  });

  it('forgets those who went without being accepted', () => {
    const queue = new QueueAge();
    queue.see(9, 1_000);
    queue.see(0, 1_020);

    expect(queue.accept(1_030)).toBe(0);
  });

  it('is never younger for looking more often', () => {
    const queue = new QueueAge();
    queue.see(5, 1_000);
    queue.see(5, 1_010);
    queue.see(5, 1_020);

    expect(queue.accept(1_030)).toBe(30);
  });

  it('tells of no more than it can remember when nobody is accepted for long', () => {
    const queue = new QueueAge();
    for (let look = 0; look < 100; look += 1) {
      queue.see(look + 1, look * 25);
    }

    expect(queue.accept(2_500)).toBe(2_500 - 68 * 25);
  });

  it('is over when nobody waits', () => {
    const queue = new QueueAge();
    queue.see(5, 1_000);
    queue.clear();

    expect(queue.accept(1_200)).toBe(0);
  });
});
