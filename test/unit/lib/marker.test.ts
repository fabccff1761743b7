import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMarker, writeMarker } from '../../../src/lib/marker.ts';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');

describe('marker', () => {
  it('proves the site and generation it was written for', () => {
    const value = writeMarker({ site: 'home01', generation: 17 }, ours.privateKey);

    expect(readMarker(value, ours.publicKey)).toEqual({ site: 'home01', generation: 17 });
  });

  it('is nothing under another key, with another site or with another generation', () => {
    const value = writeMarker({ site: 'home01', generation: 17 }, ours.privateKey);

    expect(readMarker(value, theirs.publicKey)).toBeUndefined();
    expect(readMarker(value.replace('home01', 'home02'), ours.publicKey)).toBeUndefined();
    expect(readMarker(value.replace('=17', '=18'), ours.publicKey)).toBeUndefined();
  });

  it('never throws, whatever a stranger sends', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (value) => {
        expect(readMarker(value, ours.publicKey)).toBeUndefined();
      }),
    );
  });
});
