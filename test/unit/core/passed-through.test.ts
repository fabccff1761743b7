import { describe, expect, it } from 'vitest';
import type { Site } from '../../../src/core/site.ts';
import { explainSite } from '../../../src/core/why.ts';
import { edge, site, siteDown, World } from '../../scenario/support/world.ts';

const passThrough = { address: '10.10.0.7', http: 80, https: 443, proxyProtocol: false };

/** Two sites on one address, of which the second can be passed through, after the first has failed. */
function afterFailure(
  second: Partial<Site>,
  prepare: (world: World) => void = () => undefined,
): World {
  const world = new World({
    sites: [
      site('shop', '203.0.113.10'),
      site('blog', '203.0.113.10', second),
      site('news', '203.0.113.20'),
    ],
    routers: [edge],
    rules: [siteDown],
  });
  prepare(world);
  world.run(30_000);
  world.healthy.delete('shop');
  world.run(30_000);
  return world;
}

const summary = ({ state, now }: World, name: string): string =>
  explainSite(state, name, now)?.summary ?? '';

describe('a healthy site on the address of one that is diverted', () => {
  const passed = { origin: { address: '10.10.0.7', passThrough } };

  it('serves on when it can be passed through, and both say so', () => {
    const world = afterFailure(passed);

    expect(world.phase('shop')).toBe('diverted');
    expect(world.phase('blog')).toBe('serving');
    expect(summary(world, 'shop')).toContain(
      'Visitors of blog on the same address are passed through to their origin.',
    );
    expect(summary(world, 'blog')).toContain(
      'Its address is diverted for shop: the notice host passes its visitors through to its origin.',
    );
  });

  it('is seen to be passed through before any route moves, and no route moves when it is not', () => {
    const asked: (readonly string[])[] = [];
    const world = afterFailure(passed, ({ answers, routes }) => {
      answers.publish = ({ passing = [] }) => {
        asked.push([...passing, `${[...routes.values()].flat().length} routes`]);
        return { result: 'failed', code: 'DETOUR_NOTICE_NOT_LIVE', message: 'blog is not passed' };
      };
    });

    expect(new Set(asked.map(String))).toEqual(new Set(['blog,0 routes']));
    expect(world.phase('shop')).not.toBe('diverted');
    expect([...world.routes.values()].flat()).toEqual([]);
  });

  it('holds the diversion back when it cannot', () => {
    const world = afterFailure({});

    expect(world.phase('shop')).toBe('suspect');
    expect(world.state.sites.get('shop')?.heldBack?.reason).toBe('brake-shared-address');
  });

  it('binds all by a person who keeps it where it is, passed through or not', () => {
    const world = afterFailure(passed);
    world.submit({
      type: 'override-set',
      site: 'blog',
      action: 'hold',
      owner: 'kim',
      reason: 'audit',
      expiresAt: world.now + 3_600_000,
    });
    world.healthy.add('shop');
    world.run(200_000);
    world.healthy.delete('shop');
    world.run(60_000);

    expect(world.phase('shop')).toBe('suspect');
    expect(summary(world, 'blog')).toContain('is held on its own origin');
  });

  it('is let go when it was taken along and can be passed through from now on', () => {
    const world = afterFailure({ sharedAddress: 'any' });
    world.submit({
      type: 'override-set',
      site: 'shop',
      action: 'divert',
      owner: 'kim',
      reason: 'now',
      expiresAt: world.now + 3_600_000,
    });
    world.run(10_000);
    const before = world.phase('blog');
    const { config } = world.state;
    const sites = { ...config.sites, blog: site('blog', '203.0.113.10', passed) };

    world.submit({ type: 'config-applied', config: { ...config, sites } });
    world.run(1_000);

    expect(before).toBe('diverted');
    expect(world.phase('blog')).toBe('serving');
    expect(world.notices.has('blog')).toBe(false);
    expect(world.notices.has('shop')).toBe(true);
  });
});
