import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hour, minute, second } from '../../../src/lib/time.ts';
import { retryAfterSeconds } from '../../../src/notice/retry-after.ts';

const now = 1_800_000_000_000;
const middle = 0.5;

describe('Retry-After', () => {
  it('counts down to the expected recovery', () => {
    const recovery = now + 10 * minute;

    expect(retryAfterSeconds(recovery, now, middle)).toBe(600);
    expect(retryAfterSeconds(recovery, now + 4 * minute, middle)).toBe(360);
  });

  it('says two minutes when nobody knows', () => {
    expect(retryAfterSeconds(undefined, now, middle)).toBe(120);
  });

  it('says two minutes again once the expected time has passed, for that promise is over', () => {
    expect(retryAfterSeconds(now - second, now, middle)).toBe(120);
    expect(retryAfterSeconds(now, now, middle)).toBe(120);
  });

  it('is never under half a minute nor over an hour', () => {
    expect(retryAfterSeconds(now + second, now, 0)).toBe(30);
    expect(retryAfterSeconds(now + 9 * hour, now, 1)).toBe(3_600);
  });

  it('is spread by a fifth to each side', () => {
    expect(retryAfterSeconds(now + 10 * minute, now, 0)).toBe(480);
    expect(retryAfterSeconds(now + 10 * minute, now, 1)).toBe(720);
  });

  it('is whole seconds within its bounds for any time', () => {
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
        fc.integer({ min: 0, max: 4e12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (recovery, at, chance) => {
          const seconds = retryAfterSeconds(recovery, at, chance);

          expect(Number.isInteger(seconds) && seconds >= 30 && seconds <= 3_600).toBe(true);
        },
      ),
    );
  });
});
