/**
 * Waiting items in the order they came, each at most once, in two lanes that are served by turns:
 * an urgent item passes the ordinary ones, yet cannot keep them waiting for ever.
 */
export class TwoLaneQueue<T> {
  readonly #urgent = new Set<T>();
  readonly #ordinary = new Set<T>();
  #isUrgentTurn = true;

  get size(): number {
    return this.#urgent.size + this.#ordinary.size;
  }

  /** Puts an item at the end of its lane; one that waits already keeps its place, or moves up to the urgent lane. */
  add(item: T, isUrgent: boolean): void {
    if (isUrgent) {
      this.#ordinary.delete(item);
      this.#urgent.add(item);
    } else if (!this.#urgent.has(item)) {
      this.#ordinary.add(item);
    }
  }

  /** Takes the next item out. */
  take(): T | undefined {
    const lanes = this.#isUrgentTurn
      ? [this.#urgent, this.#ordinary]
      : [this.#ordinary, this.#urgent];
    this.#isUrgentTurn = !this.#isUrgentTurn;
    for (const lane of lanes) {
      for (const item of lane) {
        lane.delete(item);
        return item;
      }
    }
    return undefined;
  }

  delete(item: T): void {
    this.#urgent.delete(item);
    this.#ordinary.delete(item);
  }
}
