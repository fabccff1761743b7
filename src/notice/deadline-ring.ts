/** Something that must be over by a time. */
export interface Timed {
  /** Monotonic milliseconds. May be moved later freely; to move it sooner call `watch` again. */
  deadlineMs: number;
  /** Where the ring keeps it; the ring's own. -1 while it does not. */
  slot: number;
  place: number;
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
  /** Lists in which every item knows its place: nothing is hashed when one of a crowd comes or goes. */
  readonly #slots: readonly T[][] = Array.from({ length: slotCount }, () => []);
  #tick: number;

  constructor(nowMs: number) {
    this.#tick = Math.floor(nowMs / tickMs);
  }

  /** Watches an item by its deadline, which lies at most 15 s ahead. */
  watch(item: T): void {
    this.forget(item);
    const due = Math.max(Math.ceil(item.deadlineMs / tickMs), this.#tick + 1);
    item.slot = Math.min(due, this.#tick + slotCount - 1) % slotCount;
    const slot = this.#slots[item.slot] ?? [];
    item.place = slot.length;
    slot.push(item);
  }

  /** Everything watched, in no order. */
  items(): readonly T[] {
    return this.#slots.flat();
  }

  forget(item: T): void {
    if (item.slot === -1) {
      return;
    }
    const slot = this.#slots[item.slot] ?? [];
    const last = slot.pop();
    if (last !== undefined && last !== item) {
      slot[item.place] = last;
      last.place = item.place;
    }
    item.slot = -1;
  }

  /** Hands over everything whose deadline is past, once. */
  advance(nowMs: number, onDue: (item: T) => void): void {
    const target = Math.floor(nowMs / tickMs);
    // After a long stall every slot is looked at once, not once for each missed tick.
    this.#tick = Math.max(this.#tick, target - slotCount);
    while (this.#tick < target) {
      this.#tick += 1;
      const slot = this.#slots[this.#tick % slotCount];
      // What is watched on meanwhile stands in another slot.
      for (let item = slot?.at(-1); item !== undefined; item = slot?.at(-1)) {
        this.forget(item);
        if (item.deadlineMs <= nowMs) {
          onDue(item);
        } else {
          this.watch(item);
        }
      }
    }
  }
}
