import { describe, expect, it } from 'vitest';
import { wrapped } from '../../../src/cli/wrap.ts';

describe('what a terminal shows', () => {
  it('breaks a long sentence between its words, under its own beginning', () => {
    const text = '  A person lets it go with "detour approve home02", or keeps it.\nshort\n';

    expect(wrapped(text, 40)).toBe(
      '  A person lets it go with "detour\n  approve home02", or keeps it.\nshort\n',
    );
  });

  it('keeps the words of the last column of a table under that column', () => {
    const text = 'home02  suspect  held back: mode confirm: waits for a person to approve';

    expect(wrapped(text, 50)).toBe(
      'home02  suspect  held back: mode confirm: waits\n                 for a person to approve',
    );
  });

  it('counts Korean letters as two columns', () => {
    expect(wrapped('안내를 보고 있습니다', 12)).toBe('안내를 보고\n있습니다');
  });

  it('leaves a word whole that no line can hold, and every line where there is no terminal', () => {
    const hash = 'c9ef1607bee9774ada51777010fb12f5';

    expect(wrapped(`Newest: ${hash}`, 20)).toBe(`Newest:\n${hash}`);
    expect(wrapped(`Newest: ${hash}`, undefined)).toBe(`Newest: ${hash}`);
  });
});
