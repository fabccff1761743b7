import { describe, expect, it } from 'vitest';
import { isWrite, playStandstill } from '../support/standstill.ts';

/** Just longer than what counts as a standstill; `npm run test:long -- standstill` stops for 60 s, at every moment. */
const stopMs = 5_500;

describe.concurrent.each([
  ['a channel for the write', 1],
  ['the write', 0],
] as const)('a controller that was stopped at %s of a diversion', (moment, writes) => {
  it('reads the router when it wakes, before anything is written', async () => {
    const { whileStopped, afterWake, routes } = await playStandstill({ moment, stopMs });

    expect(whileStopped).toEqual([]);
    expect(afterWake[0]).toMatch(/^show /);
    expect(afterWake.filter(isWrite)).toHaveLength(writes);
    expect(routes).toEqual(['127.0.80.100/32']);
  }, 180_000);
});
