import { describe, expect, it } from 'vitest';
import { HttpReader } from '../../../src/notice/http-reader.ts';
import { isHostValid } from '../../../src/notice/http-syntax.ts';
import { Mutants } from '../../support/requests/mutants.ts';
import { type Fate, oddRequests } from '../../support/requests/odd-requests.ts';

function fateOf(bytes: Buffer): Fate | undefined {
  const reader = new HttpReader();
  reader.push(bytes);
  const found = reader.next();
  if (found === undefined) {
    return;
  }
  if ('status' in found) {
    return found.status;
  }
  return found.isClose ? 'ended' : 'kept';
}

/** Everything that a reader finds, the stream cut into pieces there. */
function foundIn(pieces: readonly Buffer[]): readonly unknown[] {
  const reader = new HttpReader();
  const found: unknown[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      found.push(next);
      // After these the caller must not ask again.
      if ('status' in next || next.isClose) {
        return found;
      }
    }
  }
  return found;
}

/** The same bytes whole, and in two pieces, of which the first holds no whole line, so that it is read line by line. */
function expectSame(bytes: Buffer): void {
  expect(foundIn([bytes.subarray(0, 1), bytes.subarray(1)])).toEqual(foundIn([bytes]));
}

describe('the corpus of odd requests', () => {
  it('holds at least 500, each once', () => {
    const distinct = new Set(oddRequests.map(({ bytes }) => bytes.toString('latin1')));

    expect(distinct.size).toBeGreaterThanOrEqual(500);
  });

  it.each(oddRequests)('is read by the RFC: $name', ({ bytes, fate }) => {
    expect(fateOf(bytes)).toBe(fate);
  });
});

describe('a request that is there at once', () => {
  it.each(oddRequests)('is read as one that comes line by line: $name', ({ bytes }) => {
    expectSame(bytes);
  });

  it('is so in 20,000 mutants of the corpus, too', () => {
    const mutants = new Mutants(7);
    for (let count = 0; count < 20_000; count += 1) {
      expectSame(mutants.next());
    }
  }, 60_000);
});

describe('200,000 mutants of it', () => {
  it('are each a request with a sound host, a refusal, or not yet whole', () => {
    const mutants = new Mutants(20_260_101);
    const fates = new Map<unknown, number>();
    for (let count = 0; count < 200_000; count += 1) {
      const reader = new HttpReader();
      reader.push(mutants.next());
      const found = reader.next();
      const fate = found !== undefined && 'status' in found ? found.status : typeof found;
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
      if (
        found !== undefined &&
        !('status' in found) &&
        found.host !== '' &&
        !isHostValid(found.host)
      ) {
        throw new Error(`A host that is none: ${JSON.stringify(found.host)}`);
      }
    }

    // Each kind is met: the mutants are neither all broken nor all sound.
    expect(new Set(fates.keys())).toEqual(new Set([400, 'object', 'undefined']));
    expect(Math.min(...fates.values())).toBeGreaterThan(5_000);
  }, 60_000);
});
