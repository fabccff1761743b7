/** Something that must be over by a time. */
export interface Timed {
  /** Monotonic milliseconds. May be moved later freely; to move it sooner call `watch` again. */
  deadlineMs: number;
  /** Where the ring keeps it; the ring's own. */
  slot: number;
}

/** A deadline is noticed at most this much late: four looks a second cost nothing and keep one second honest. */
export const tickMs = 250;
/** Slots in the ring: 16 s, more than the longest deadline. */
const slotCount = 64;

/**
 * Watches the deadlines of many sessions with one timer. A session that moves its deadline later costs one
 * assignment: the ring looks again when the old one is due.
 */
export class DeadlineRing<T extends Timed> {
  readonly #slots: readonly Set<T>[] = Array.from({ length: slotCount }, () => new Set<T>());
  #tick: number;

  constructor(nowMs: number) {
    this.#tick = Math.floor(nowMs / tickMs);
  }

  /** Watches an item by its deadline, which lies at most 15 s ahead. */
  watch(item: T): void {
    this.#slots[item.slot]?.delete(item);
    const due = Math.max(Math.ceil(item.deadlineMs / tickMs), this.#tick + 1);
    item.slot = Math.min(due, this.#tick + slotCount - 1) % slotCount;
    this.#slots[item.slot]?.add(item);
  }

  /** Everything watched, in no order. */
  items(): readonly T[] {
    return this.#slots.flatMap((slot) => [...slot]);
  }

  forget(item: T): void {
    this.#slots[item.slot]?.delete(item);
  }

  /** Hands over everything whose deadline is past, once. */
  advance(nowMs: number, onDue: (item: T) => void): void {
    const target = Math.floor(nowMs / tickMs);
    // After a long stall every slot is looked at once, not once for each missed tick.
    this.#tick = Math.max(this.#tick, target - slotCount);
    while (this.#tick < target) {
      this.#tick += 1;
      const slot = this.#slots[this.#tick % slotCount];
      for (const item of [...(slot ?? [])]) {
        slot?.delete(item);
        if (item.deadlineMs <= nowMs) {
          onDue(item);
        } else {
          this.watch(item);
        }
      }
    }
  }
}
