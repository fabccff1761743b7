import { describe, expect, it } from 'vitest';
import { parseSigned } from '../../../src/notice/snapshot-schema.ts';
import { fakeSnapshot, makeKeys } from '../../fakes/snapshot.ts';

const empty = fakeSnapshot({ keys: makeKeys() });
const good = { name: 'home01', generation: 0, digest: 'd'.repeat(43), bytes: 10 };

const problemWith = (site: unknown): string | undefined =>
  parseSigned({ ...empty, format: 2, sites: [good, site] }).problem;

describe('the manifest of a snapshot', () => {
  it('names sites by name, generation, digest and length', () => {
    expect(problemWith({ ...good, name: 'home02', generation: 7 })).toBeUndefined();
  });

  it.each([
    ['nothing', null],
    ['a text', 'home02'],
    ['a name in capitals', { ...good, name: 'HOME' }],
    ['no name', { ...good, name: undefined }],
    ['a negative generation', { ...good, generation: -1 }],
    ['half a generation', { ...good, generation: 1.5 }],
    ['a short digest', { ...good, digest: 'd' }],
    ['a digest with a line break', { ...good, digest: `${'d'.repeat(43)}\n` }],
    ['an empty part', { ...good, bytes: 0 }],
    ['a part of a gigabyte', { ...good, bytes: 2 ** 30 }],
    ['a length in words', { ...good, bytes: '10' }],
    ['a field that nobody knows', { ...good, more: 1 }],
  ])('is refused with %s, and the place is told', (_, site) => {
    expect(problemWith(site)).toMatch(/a site is named by its name.*\n.*sites\[1\]/);
  });
});
