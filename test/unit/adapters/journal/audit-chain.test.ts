import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalEntry,
  chainEntries,
  emptyHead,
  parseAuditRecord,
  parseEntry,
  verifyAuditRecords,
} from '../../../../src/adapters/journal/audit-chain.ts';
import type { AuditRecord } from '../../../../src/ports/journal.ts';
import { sampleEntry } from '../../../fakes/sample-durable.ts';

const chain = chainEntries(
  emptyHead,
  Array.from({ length: 40 }, (_, index) => sampleEntry(index + 1)),
);

function brokenAt(records: readonly AuditRecord[]): number | undefined {
  return verifyAuditRecords(records)?.seq;
}

describe('the audit chain', () => {
  it('holds from its first entry to its last', () => {
    expect(verifyAuditRecords(chain)).toBeUndefined();
    expect(chain.map(({ seq }) => seq)).toEqual(chain.map((_, index) => index + 1));
  });

  it('shows any single byte that was changed in an exported record, 1,000 times of 1,000', () => {
    const at = fc.record({
      index: fc.nat(chain.length - 1),
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      flip: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(at, ({ index, place, flip }) => {
        const lines = chain.map((record) => Buffer.from(JSON.stringify(record)));
        const line = lines[index] ?? Buffer.alloc(1);
        const offset = Math.floor(place * line.length);
        line[offset] = (line[offset] ?? 0) ^ flip;

        expect(() => {
          const problem = verifyAuditRecords(
            lines.map((text) => parseAuditRecord(text.toString())),
          );
          if (problem !== undefined) {
            throw new Error(problem.problem);
          }
        }).toThrow();
      }),
      { numRuns: 1_000 },
    );
  });

  it('shows an entry that was taken out', () => {
    expect(brokenAt(chain.toSpliced(9, 1))).toBe(11);
  });

  it('shows entries that changed places', () => {
    const swapped = [...chain.slice(1, 2), ...chain.slice(0, 1), ...chain.slice(2)];

    expect(brokenAt(swapped)).toBe(2);
  });

  it('shows an entry that was put in', () => {
    const forged = chainEntries(chain[9] ?? emptyHead, [sampleEntry(99)]);

    expect(brokenAt(chain.toSpliced(10, 0, ...forged))).toBe(11);
  });

  it('shows a rewritten end only to one who knows the old one', () => {
    const rewritten = chain.slice(0, 30);
    const witness = { seq: 35, hash: chain[34]?.hash ?? '' };
    const forged = chainEntries(
      chain[29] ?? emptyHead,
      Array.from({ length: 10 }, () => sampleEntry(0)),
    );

    expect(verifyAuditRecords(rewritten)).toBeUndefined();
    expect(verifyAuditRecords(rewritten, { witnesses: [witness] })?.problem).toMatch(/cut off/);
    expect(verifyAuditRecords([...rewritten, ...forged], { witnesses: [witness] })).toMatchObject({
      seq: 35,
    });
    expect(verifyAuditRecords(chain, { witnesses: [witness] })).toBeUndefined();
  });

  it('verifies a part of a chain as far as it goes', () => {
    const part = chain.slice(20, 30);

    expect(verifyAuditRecords(part)?.seq).toBe(21);
    expect(verifyAuditRecords(part, { isPart: true })).toBeUndefined();
    expect(verifyAuditRecords(part.toSpliced(3, 1), { isPart: true })?.seq).toBe(25);
  });

  it('refuses an exported line that holds more than a record', () => {
    const line = JSON.stringify({ ...chain[0], note: 'added later' });

    expect(() => parseAuditRecord(line)).toThrow();
  });

  it('writes an entry the same way whatever the order of its fields and whatever its text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const entry = { ...sampleEntry(1), text };
        const backwards = parseEntry(
          JSON.stringify(Object.fromEntries(Object.entries(entry).reverse())),
        );

        expect(canonicalEntry(backwards)).toBe(canonicalEntry(entry));
        expect(parseEntry(canonicalEntry(entry))).toEqual(entry);
      }),
    );
  });
});
