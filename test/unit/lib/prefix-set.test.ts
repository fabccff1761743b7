import { describe, expect, it } from 'vitest';
import { PrefixSet } from '../../../src/lib/prefix-set.ts';

describe('a set of prefixes', () => {
  it.each([
    ['single addresses alone', ['192.0.2.7/32', '2001:db8::7/128']],
    ['networks beside them', ['192.0.2.7/32', '2001:db8::7/128', '198.51.100.0/24']],
  ])('of %s holds each address in whatever way it is written', (_, prefixes) => {
    const set = new PrefixSet(prefixes);

    expect(['192.0.2.7', '::ffff:192.0.2.7', '2001:DB8:0::7'].map((text) => set.has(text))).toEqual(
      [true, true, true],
    );
    expect(
      ['192.0.2.8', '::ffff:192.0.2.8', '2001:db8::8', 'x'].some((text) => set.has(text)),
    ).toBe(false);
    expect(set.has('198.51.100.9')).toBe(prefixes.length === 3);
  });
});
