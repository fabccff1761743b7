import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedNames, Table } from '../../../src/core/table.ts';

const name = fc.constantFrom(...Array.from({ length: 200 }, (_, index) => `s${index}`));

/** Changes of a table, by names of which some are there already. */
const changes = fc.array(fc.tuple(name, fc.nat(3)), { maxLength: 60 });
const begun = fc.uniqueArray(name, { minLength: 1, maxLength: 200 });

describe('a table of values by name', () => {
  it('holds what a plain map would, whatever is put into it', () => {
    fc.assert(
      fc.property(begun, changes, (names, all) => {
        const start = names.map((one): readonly [string, number] => [one, 0]);

        const table = all.reduce(
          (before, [one, value]) => before.with(one, value),
          Table.of(start),
        );

        const map = new Map([...start, ...all]);
        expect(table.entries()).toEqual([...map]);
        expect(table.names).toEqual([...map.keys()]);
        expect(table.size).toBe(map.size);
        expect([...map.keys()].map((one) => table.get(one))).toEqual([...map.values()]);
      }),
    );
  });

  it('is left as it was by a change of it', () => {
    const before = Table.of([
      ['a', 1],
      ['b', 2],
    ]);

    const after = before.with('a', 7).with('c', 3);

    expect(before.entries()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(after.get('a')).toBe(7);
  });

  it('knows no name that every object inherits', () => {
    expect(Table.of([['a', 1]]).get('constructor')).toBeUndefined();
  });

  it('tells which names differ from an earlier one, though they share most of their parts', () => {
    fc.assert(
      fc.property(begun, changes, (names, all) => {
        const before = Table.of(names.map((one): readonly [string, number] => [one, 0]));

        const after = all.reduce((table, [one, value]) => table.with(one, value), before);

        const different = after.names.filter((one) => before.get(one) !== after.get(one));
        expect([...changedNames(before, after)].sort()).toEqual([...different].sort());
        expect([...changedNames(after, before)].sort()).toEqual([...different].sort());
      }),
    );
  });

  it('shares with the one before all but the part that changed', () => {
    const before = Table.of<number>(Array.from({ length: 1_000 }, (_, index) => [`s${index}`, 0]));

    const after = before.with('s500', 1);

    const shared = after.parts.filter((part) => before.parts.includes(part));
    expect(shared).toHaveLength(after.parts.length - 1);
    expect(after.names).toBe(before.names);
  });
});
