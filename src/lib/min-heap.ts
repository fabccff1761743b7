/** An item that knows its place in a heap, so that it can be moved or taken out again in logarithmic time. */
export interface HeapItem {
  /** Place in the heap; -1 while it is in none. Only the heap writes it. */
  heapIndex: number;
}

/** A binary heap: the least item by `before` comes out first. An item is in at most one heap, once. */
export class MinHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The least item, which stays in. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Puts an item in, or moves one that is in already to where its changed key belongs. */
  put(item: T): void {
    if (item.heapIndex < 0) {
      item.heapIndex = this.#items.push(item) - 1;
    }
    this.#settle(item);
  }

  /** Takes the least item out. */
  pop(): T | undefined {
    const least = this.#items[0];
    if (least !== undefined) {
      this.remove(least);
    }
    return least;
  }

  /** Takes an item out; nothing happens when it is not in. */
  remove(item: T): void {
    const index = item.heapIndex;
    if (index < 0 || this.#items[index] !== item) {
      return;
    }
    item.heapIndex = -1;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[index] = last;
      last.heapIndex = index;
      this.#settle(last);
    }
  }

  #settle(item: T): void {
    this.#rise(item);
    this.#sink(item);
  }

  #rise(item: T): void {
    while (item.heapIndex > 0) {
      const parent = this.#items[(item.heapIndex - 1) >> 1];
      if (parent === undefined || !this.#before(item, parent)) {
        return;
      }
      this.#swap(item, parent);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = this.#items[item.heapIndex * 2 + 1];
      const right = this.#items[item.heapIndex * 2 + 2];
      const child =
        left !== undefined && right !== undefined && this.#before(right, left) ? right : left;
      if (child === undefined || !this.#before(child, item)) {
        return;
      }
      this.#swap(child, item);
    }
  }

  #swap(a: T, b: T): void {
    const place = a.heapIndex;
    a.heapIndex = b.heapIndex;
    b.heapIndex = place;
    this.#items[a.heapIndex] = a;
    this.#items[b.heapIndex] = b;
  }
}
