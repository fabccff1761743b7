import { describe, expect, it } from 'vitest';
import type { NoticeOrder } from '../../../src/core/command.ts';
import { minute, second } from '../../../src/lib/time.ts';
import { site, World } from '../../scenario/support/world.ts';

/** The notices that were ordered for a site while its neighbour on the same address failed. */
function ordersFor(name: string): readonly NoticeOrder[] {
  const world = new World({
    sites: ['shop', 'blog'].map((one) => site(one, '203.0.113.10', { sharedAddress: 'any' })),
  });
  world.run(30 * second);
  world.healthy.delete('shop');
  world.run(minute);
  return world.commands.flatMap((command) =>
    command.type === 'publish-notice' && command.order.site === name ? [command.order] : [],
  );
}

describe('the notice of a site that is taken along', () => {
  it('does not tell its visitors who else is hosted there', () => {
    const orders = ordersFor('blog');

    expect(orders.map(({ cause }) => cause)).toContain('shared-address');
    expect(JSON.stringify(orders)).not.toContain('shop');
    expect(orders.every(({ incident }) => /^i\d+$/.test(incident))).toBe(true);
  });

  it('bears the whole id of an incident of its own', () => {
    expect(ordersFor('shop').map(({ incident }) => incident)).toContainEqual(
      expect.stringMatching(/^i\d+-shop$/),
    );
  });
});
