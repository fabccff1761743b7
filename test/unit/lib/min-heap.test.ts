import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeapItem, MinHeap } from '../../../src/lib/min-heap.ts';

interface Item extends HeapItem {
  key: number;
}

const newHeap = (): MinHeap<Item> => new MinHeap<Item>((a, b) => a.key < b.key);

type Act = readonly [index: number, key: number, isOut: boolean];

/** Plays puts, changes and removals, and gives back what must still be inside. */
function play(heap: MinHeap<Item>, items: readonly Item[], script: readonly Act[]): Set<Item> {
  const inside = new Set<Item>();
  for (const [index, key, isOut] of script) {
    const item = items[index];
    if (item === undefined) {
      continue;
    }
    if (isOut) {
      heap.remove(item);
      inside.delete(item);
    } else {
      item.key = key;
      heap.put(item);
      inside.add(item);
    }
    expect(heap.size).toBe(inside.size);
  }
  return inside;
}

describe('the heap', () => {
  it('gives back the least first, whatever was put in, changed and taken out', () => {
    const acts = fc.array(fc.tuple(fc.nat(9), fc.nat(100), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(acts, (script) => {
        const heap = newHeap();
        const items = Array.from({ length: 10 }, (): Item => ({ key: 0, heapIndex: -1 }));

        const inside = play(heap, items, script);
        const seen = Array.from({ length: inside.size }, () => heap.pop()?.key);

        expect(seen).toEqual([...inside].map(({ key }) => key).sort((a, b) => a - b));
        expect(items.every(({ heapIndex }) => heapIndex === -1)).toBe(true);
      }),
    );
  });

  it('is empty when nothing is in', () => {
    expect(newHeap().peek()).toBeUndefined();
    expect(newHeap().pop()).toBeUndefined();
  });
});
