import { expect, it } from 'vitest';
import { Random } from '../simulation/random.ts';
import { RestlessNight } from './support/restless-night.ts';

/** Each of these once found a site that went round in a circle, or a notice or route that was left over. */
const seeds = [5, 11, 16, 17, 19, 29, 35, 40];

it.each(seeds)('nothing runs in a circle, and all comes home, in restless night %i', (seed) => {
  const night = new RestlessNight(new Random(seed));

  const trouble = night.play(30) ?? night.rest();

  expect(trouble, night.world.transcript.slice(-60).join('\n')).toBeUndefined();
});
