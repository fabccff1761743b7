import { describe, expect, it } from 'vitest';
import { TwoLaneQueue } from '../../../src/controller/two-lane-queue.ts';

function drain(queue: TwoLaneQueue<string>): readonly string[] {
  const taken: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) {
    taken.push(item);
  }
  return taken;
}

describe('the two-lane queue', () => {
  it('serves both lanes by turns, each in its own order', () => {
    const queue = new TwoLaneQueue<string>();
    for (const item of ['a', 'b', 'c']) {
      queue.add(item, false);
    }
    for (const item of ['X', 'Y']) {
      queue.add(item, true);
    }

    expect(drain(queue)).toEqual(['X', 'a', 'Y', 'b', 'c']);
  });

  it('holds an item once: asked again it keeps its place, asked urgently it moves up', () => {
    const queue = new TwoLaneQueue<string>();
    queue.add('a', false);
    queue.add('b', false);
    queue.add('a', false);
    queue.add('b', true);
    queue.add('b', false);

    expect(queue.size).toBe(2);
    expect(drain(queue)).toEqual(['b', 'a']);
  });

  it('lets an item go', () => {
    const queue = new TwoLaneQueue<string>();
    queue.add('a', false);
    queue.add('b', true);
    queue.delete('a');
    queue.delete('b');

    expect(queue.take()).toBeUndefined();
  });
});
