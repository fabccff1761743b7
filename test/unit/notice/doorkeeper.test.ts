import { describe, expect, it } from 'vitest';
import type { SocketTable } from '../../../src/notice/accept-queue.ts';
import { burstMs, Doorkeeper, type DoorSenses, lookMs } from '../../../src/notice/doorkeeper.ts';

/** One listener whose queue and whose loop's rest are set by hand. */
class FakeDoor implements DoorSenses {
  waiting = 0;
  idle = 0;
  looks = 0;
  /** Of the clock, at each look. */
  lookCostMs = 0;
  #clockMs = 0;
  readonly idleMs = (): number => this.idle;
  readonly nowMs = (): number => this.#clockMs;
  readonly queues = (table: SocketTable) => {
    this.looks += 1;
    this.#clockMs += this.lookCostMs;
    if (table !== '/proc/self/net/tcp') {
      return [{ inode: '9', port: 80, waiting: 900 }];
    }
    return [
      { inode: '8', port: 80, waiting: 900 },
      { inode: '7', port: 80, waiting: this.waiting },
    ];
  };
  readonly ownSockets = () => new Set(['7']);
}

interface Crowd {
  readonly perSecond: number;
  readonly answerMs: number;
  readonly turnAwayMs: number;
}

interface Outcome {
  readonly came: number;
  readonly entered: number;
  /** Of those who came in the first second, while load may still be a burst, and of the others. */
  readonly longestAtFirstMs: number;
  readonly longestWaitMs: number;
}

const seconds = 10;
const firstMs = 1_000;

/** Visitors come at a steady pace and are accepted in turn, each as soon as the process is done with the one before. */
function play({ perSecond, answerMs, turnAwayMs }: Crowd): Outcome {
  const door = new FakeDoor();
  const keeper = new Doorkeeper(door);
  const queue = keeper.open(80);
  const came = perSecond * seconds;
  let nowMs = 0;
  let entered = 0;
  let longestAtFirstMs = 0;
  let longestWaitMs = 0;
  for (let n = 0; n < came; n += 1) {
    const cameMs = (n * 1_000) / perSecond;
    door.idle += Math.max(0, cameMs - nowMs);
    nowMs = Math.max(nowMs, cameMs);
    door.waiting = Math.floor((nowMs * perSecond) / 1_000) - n;
    const mayEnter = keeper.accept(queue, nowMs);
    if (mayEnter) {
      entered += 1;
      if (cameMs < firstMs) {
        longestAtFirstMs = Math.max(longestAtFirstMs, nowMs - cameMs);
      } else {
        longestWaitMs = Math.max(longestWaitMs, nowMs - cameMs);
      }
    }
    nowMs += mayEnter ? answerMs : turnAwayMs;
  }
  return { came, entered, longestAtFirstMs, longestWaitMs };
}

describe('the doorkeeper', () => {
  it('lets everybody in while the process keeps up', () => {
    const { came, entered } = play({ perSecond: 450, answerMs: 2, turnAwayMs: 0.1 });

    expect(entered).toBe(came);
  });

  it('keeps the wait of three times as many as can be answered within 100 ms once they are no burst, and the process at work', () => {
    const answerMs = 2;
    const { entered, longestAtFirstMs, longestWaitMs } = play({
      perSecond: 1_500,
      answerMs,
      turnAwayMs: 0.1,
    });

    expect(longestWaitMs + answerMs).toBeLessThan(100);
    expect(longestAtFirstMs).toBeLessThan(burstMs);
    expect((entered * answerMs) / (seconds * 1_000)).toBeGreaterThan(0.85);
  });

  it.each([
    ['nobody of a burst of 2,000', true, false],
    ['those of a burst who waited too long while load lasts anyway', false, true],
  ])('closes %s', (_, isCalm, isAnybodyClosed) => {
    const door = new FakeDoor();
    const keeper = new Doorkeeper(door);
    const queue = keeper.open(80);
    keeper.isCalm = isCalm;
    door.waiting = 2_000;
    keeper.accept(queue, 0);

    const mayEnter = Array.from({ length: 2_000 }, (__, n) => keeper.accept(queue, n * 0.2));

    expect(mayEnter.includes(false)).toBe(isAnybodyClosed);
  });

  it('lets a few in whatever they waited when turning people away does not help either', () => {
    const { entered, longestWaitMs } = play({ perSecond: 1_500, answerMs: 2, turnAwayMs: 2 });

    expect(longestWaitMs).toBeGreaterThan(1_000);
    expect(entered).toBeGreaterThan(200);
  });

  it('closes nobody because others had the processor for a while', () => {
    const door = new FakeDoor();
    const keeper = new Doorkeeper(door);
    const queue = keeper.open(80);
    const mayEnter: boolean[] = [];
    for (let nowMs = 0; nowMs < 10_000; nowMs += 400) {
      // Twenty come at once, in the midst of it nothing moves for 300 ms, and then there is rest.
      for (let n = 0; n < 20; n += 1) {
        door.waiting = 19 - n;
        mayEnter.push(keeper.accept(queue, nowMs + (n < 5 ? 0 : 300) + n));
      }
      door.idle += 50;
    }

    expect(mayEnter).not.toContain(false);
  });

  it('does not look at the kernel while the loop has rest', () => {
    const door = new FakeDoor();
    const keeper = new Doorkeeper(door);
    const queue = keeper.open(80);
    const before = door.looks;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 5) {
      door.idle += 1;
      keeper.accept(queue, nowMs);
    }

    expect(door.looks).toBe(before);
  });

  it.each([
    ['no more often than each 25 ms', 0, 40],
    ['less often where a look costs more, a twentieth of the time at most', 10, 5],
  ])('looks at the table of its listener alone, and %s', (_, lookCostMs, most) => {
    const door = new FakeDoor();
    const keeper = new Doorkeeper(door);
    const queue = keeper.open(80);
    const before = door.looks;
    door.lookCostMs = lookCostMs;

    for (let nowMs = 0; nowMs < 1_000; nowMs += 1) {
      keeper.accept(queue, nowMs);
    }

    expect(door.looks - before).toBe(most);
  });

  it('forgets what waited once the loop has had a rest', () => {
    const door = new FakeDoor();
    const keeper = new Doorkeeper(door);
    const queue = keeper.open(80);
    door.waiting = 50;
    keeper.accept(queue, 0);
    keeper.accept(queue, lookMs);
    door.idle += 1;

    const mayEnter = [2 * lookMs, 10_000].map((nowMs) => keeper.accept(queue, nowMs));

    expect(mayEnter).toEqual([true, true]);
  });

  it('tells the longest wait and how many were turned away, once', () => {
    const door = new FakeDoor();
    const keeper = new Doorkeeper(door);
    const queue = keeper.open(80);
    keeper.isCalm = false;
    door.waiting = 50;
    keeper.accept(queue, 0);
    // A few are let in whatever they waited.
    for (let n = 0; n < 30; n += 1) {
      keeper.accept(queue, 80);
    }

    const reports = [keeper.report(), keeper.report()];

    expect(reports[0]?.longestMs).toBe(80);
    expect(reports[0]?.turnedAway).toBeGreaterThan(10);
    expect(reports[1]).toEqual({ longestMs: 0, turnedAway: 0 });
  });

  it('holds nobody up where the kernel tells nothing', () => {
    const keeper = new Doorkeeper({
      idleMs: () => 0,
      nowMs: () => 0,
      queues: () => [],
      ownSockets: () => new Set(),
    });
    const queue = keeper.open(80);

    const mayEnter = Array.from({ length: 200 }, (_, n) => keeper.accept(queue, n * 10));

    expect(mayEnter).not.toContain(false);
  });
});
