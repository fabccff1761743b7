import { performance } from 'node:perf_hooks';
import { second } from '../lib/time.ts';
import { defaultNoticeLimits } from '../ports/notice-limits.ts';
import {
  type AcceptQueue,
  acceptQueues,
  ownSockets,
  type SocketTable,
  socketTables,
} from './accept-queue.ts';
import { QueueAge } from './queue-age.ts';
import { RateLimit } from './rate-limit.ts';
import { queueMs } from './site-account.ts';

/** As far apart are two looks; so far can a connection be older than it was seen to be. */
export const lookMs = 25;
/** A look costs a millisecond or so, and more where the kernel knows many connections; never more than a share of the time. */
const pausesPerLook = 20;
/** Of the longest that visitors may wait, so much may pass before they are accepted; the rest is for a look too late and the answer. */
const doorShare = 0.4;
/** What is over sooner is a burst, or a moment in which others had the processor: a late answer is better for a visitor than none. */
export const burstMs = second / 2;
/** Let in however long they waited: a process that gets no processor must not shut out everybody, the proof of a diversion least. */
const leastPerSecond = 20;

/** What the doorkeeper learns from outside itself. */
export interface DoorSenses {
  /** For how long the event loop has had nothing to do since its start. */
  readonly idleMs: () => number;
  readonly queues: (table: SocketTable) => readonly AcceptQueue[];
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly ownSockets: () => ReadonlySet<string>;
}

const senses: DoorSenses = {
  idleMs: () => performance.eventLoopUtilization().idle,
  queues: acceptQueues,
  nowMs: () => performance.now(),
  ownSockets,
};

/** What came to pass at the door since the last report. */
export interface DoorReport {
  /** The longest that a connection was seen to wait for being accepted. */
  readonly longestMs: number;
  /** Closed because they had waited too long. */
  readonly turnedAway: number;
}

/**
 * Keeps the queue before the door short. Node accepts one connection in each turn of its loop, so what a process cannot
 * keep up with waits in the kernel, unseen, and is served in the order in which it came: everybody late. Who has waited
 * too long is closed instead, before anything is asked about him, which costs a third of an answer and less; those
 * behind him are then in time. Looks at the kernel's queues only while the loop has no rest: whoever has a rest has no queue.
 */
export class Doorkeeper {
  /** The longest that a visitor may wait in all. */
  maxWaitMs = defaultNoticeLimits.ladder.delayMs;
  /** Load does not last: what comes at once may be a burst. */
  isCalm = true;
  readonly #senses: DoorSenses;
  readonly #queues = new Map<string, QueueAge>();
  /** Those in which this process has a listener: the others tell nothing. */
  readonly #tables = new Set<SocketTable>();
  readonly #least = new RateLimit(queueMs);
  #idleMs = 0;
  #nextLookMs = Number.NEGATIVE_INFINITY;
  /** When somebody first waited for longer than may last, since the loop last had a rest. */
  #longSinceMs: number | undefined;
  #longestMs = 0;
  #turnedAway = 0;

  constructor(own: DoorSenses = senses) {
    this.#senses = own;
  }

  /** The queue of a listener of this process that has just begun to listen on a port; one that is never long where the kernel tells nothing. */
  open(port: number): QueueAge {
    const queue = new QueueAge();
    const own = this.#senses.ownSockets();
    for (const table of socketTables) {
      const found = this.#senses
        .queues(table)
        .find((each) => each.port === port && own.has(each.inode) && !this.#queues.has(each.inode));
      if (found !== undefined) {
        this.#queues.set(found.inode, queue);
        this.#tables.add(table);
        break;
      }
    }
    return queue;
  }

  /** Counts a connection that was accepted. False when it has waited too long and is to be closed. */
  accept(queue: QueueAge, nowMs: number): boolean {
    const waitedMs = queue.accept(nowMs);
    if (nowMs >= this.#nextLookMs) {
      this.#look(nowMs);
    }
    this.#longestMs = Math.max(this.#longestMs, waitedMs);
    if (!this.#isTooLate(waitedMs, nowMs)) {
      this.#least.force(leastPerSecond, nowMs);
      return true;
    }
    if (this.#least.take(leastPerSecond, nowMs)) {
      return true;
    }
    this.#turnedAway += 1;
    return false;
  }

  /** What came to pass since it was last asked. */
  report(): DoorReport {
    const report = { longestMs: this.#longestMs, turnedAway: this.#turnedAway };
    this.#longestMs = 0;
    this.#turnedAway = 0;
    return report;
  }

  /** Only while people wait too long again and again, with no rest in between, is closing some of them of use to the others. */
  #isTooLate(waitedMs: number, nowMs: number): boolean {
    if (waitedMs <= this.maxWaitMs * doorShare) {
      return false;
    }
    this.#longSinceMs ??= nowMs;
    return !this.isCalm || nowMs - this.#longSinceMs >= burstMs;
  }

  #look(nowMs: number): void {
    this.#nextLookMs = nowMs + lookMs;
    const idleMs = this.#senses.idleMs();
    const isRested = idleMs > this.#idleMs;
    this.#idleMs = idleMs;
    if (isRested) {
      this.#longSinceMs = undefined;
      for (const queue of this.#queues.values()) {
        queue.clear();
      }
      return;
    }
    const beganMs = this.#senses.nowMs();
    for (const { inode, waiting } of [...this.#tables].flatMap(this.#senses.queues)) {
      this.#queues.get(inode)?.see(waiting, nowMs);
    }
    const costMs = this.#senses.nowMs() - beganMs;
    this.#nextLookMs = nowMs + Math.max(lookMs, costMs * pausesPerLook);
  }
}
