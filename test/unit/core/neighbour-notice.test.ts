import { beforeEach, describe, expect, it } from 'vitest';
import type { NoticeOrder } from '../../../src/core/command.ts';
import type { Site } from '../../../src/core/site.ts';
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

describe('the notices of an address whose sites change while it is diverted', () => {
  const names = ['shop', 'blog', 'mall'];
  let world: World;

  /** shop has failed and has taken blog and mall along. */
  beforeEach(() => {
    world = new World({
      sites: names.map((one) => site(one, '203.0.113.10', { sharedAddress: 'any' })),
      guards: { holdDown: { initialMs: 0, maxMs: 0 }, rate: { count: 9, perMs: second } },
    });
    world.run(30 * second);
    world.healthy.delete('shop');
    world.run(minute);
    expect(names.filter((name) => world.notices.has(name))).toEqual(names);
  });

  function reload(change: Readonly<Record<string, Site | undefined>>): void {
    const { config } = world.state;
    const sites = Object.entries({ ...config.sites, ...change }).flatMap(([name, one]) =>
      one === undefined ? [] : [[name, one] as const],
    );
    world.submit({
      type: 'config-applied',
      config: { ...config, sites: Object.fromEntries(sites) },
    });
  }

  it('ends for a site that moves to another address, and for no other', () => {
    reload({ blog: site('blog', '203.0.113.20') });
    world.run(second);

    expect(names.filter((name) => world.notices.has(name))).toEqual(['shop', 'mall']);
    expect(world.phase('blog')).toBe('serving');
  });

  it('ends for one that is let through from now on, and for no other', () => {
    const passThrough = { address: '10.10.0.7', http: 80, https: 443, proxyProtocol: false };

    reload({
      blog: site('blog', '203.0.113.10', { origin: { address: '10.10.0.7', passThrough } }),
    });
    world.run(second);

    expect(names.filter((name) => world.notices.has(name))).toEqual(['shop', 'mall']);
  });

  it('ends for one that moves or leaves while the diversion is being taken back', () => {
    world.answers.sync = () => ({
      result: 'failed',
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      message: 'locked',
    });
    world.healthy.add('shop');
    expect(world.runUntil(() => world.phase('shop') === 'restoring/removing')).toBe(true);
    world.run(second);
    expect(world.phase('blog')).toBe('serving');

    reload({ blog: site('blog', '203.0.113.20'), mall: undefined });
    world.answers.sync = (command) => world.syncNow(command);
    world.runUntil(() => world.phase('shop') === 'serving');

    expect(names.filter((name) => world.notices.has(name))).toEqual([]);
  });

  it('stay while a diversion of one of their own fails, which is not begun again at once', () => {
    world.answers.publish = ({ order }) =>
      order.site === 'mall' && order.cause !== 'shared-address'
        ? { result: 'failed', code: 'DETOUR_NOTICE_NOT_LIVE', message: 'no node answers' }
        : { result: 'ok' };

    world.healthy.delete('mall');
    world.run(minute);

    const failures = world.commands.filter(
      (command) => command.type === 'append-audit' && command.entry.reason === 'notice-failed',
    );
    expect(failures.length).toBeGreaterThan(1);
    expect(failures.length).toBeLessThan(8);
    expect(names.filter((name) => world.notices.has(name))).toEqual(names);
  });
});
