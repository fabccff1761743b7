import { describe, expect, it } from 'vitest';
import { second } from '../../../src/lib/time.ts';
import { edge, site, siteDown, World } from '../../scenario/support/world.ts';

describe('a diverted site whose origin fails once more', () => {
  it('begins to recover only when every vantage has seen it pass as often in a row as makes it up', () => {
    const world = new World({
      sites: [site('shop', '203.0.113.10')],
      rules: [siteDown],
      routers: [edge],
    });
    world.run(30 * second);
    world.healthy.delete('shop');
    world.run(30 * second);
    world.healthy.add('shop');
    world.runUntil(() => world.phase('shop') === 'recovering');
    world.healthy.delete('shop');
    world.runUntil(() => world.phase('shop') === 'diverted');
    world.healthy.add('shop');
    const healedAt = world.now;

    world.runUntil(() => world.phase('shop') === 'recovering');

    // Five passes, five seconds apart: one alone would do for a target that is still called up.
    expect(world.now - healedAt).toBeGreaterThanOrEqual(20 * second);
    expect(world.phase('shop')).toBe('recovering');
  });
});
