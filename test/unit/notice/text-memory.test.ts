import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextMemory } from '../../../src/notice/text-memory.ts';

describe('a memory of texts', () => {
  it('gives the text of the bytes, whatever it has seen before', () => {
    const memory = new TextMemory();
    // Few letters and lengths: many values stand in one another's places.
    const value = fc.array(fc.constantFrom(0x61, 0x62, 0xe9), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), (values) => {
        for (const bytes of values.map((each) => Buffer.from([0x2f, ...each, 0x2f]))) {
          expect(memory.textOf(bytes, 1, bytes.length - 1)).toBe(
            bytes.toString('latin1', 1, bytes.length - 1),
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does not change with the buffer that it read from', () => {
    const memory = new TextMemory();
    const bytes = Buffer.from('gzip, br');
    memory.textOf(bytes, 0, bytes.length);

    bytes.write('GZIP, BR');

    expect(memory.textOf(bytes, 0, bytes.length)).toBe('GZIP, BR');
    expect(memory.textOf(Buffer.from('gzip, br'), 0, 8)).toBe('gzip, br');
  });

  it('reads values of any length', () => {
    const memory = new TextMemory();
    for (const length of [0, 1, 255, 256, 257, 5_000]) {
      expect(memory.textOf(Buffer.alloc(length, 'x'), 0, length)).toBe('x'.repeat(length));
    }
  });
});
