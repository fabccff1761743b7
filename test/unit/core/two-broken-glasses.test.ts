import { beforeEach, describe, expect, it } from 'vitest';
import type { OverrideAction } from '../../../src/core/override.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import { hour, minute, second } from '../../../src/lib/time.ts';
import { site, World } from '../../scenario/support/world.ts';

/** What stands on the one switch that both controllers write to. */
let routes: readonly Route[];
/** Who changed it, in order. */
let writes: string[];
let first: World;
let other: World;

function openController(name: string): World {
  const world = new World({ sites: [site('shop', '203.0.113.10'), site('mall', '203.0.113.20')] });
  world.answers.sync = (command) => {
    const before = JSON.stringify(routes);
    world.routes.set('edge-1', [...routes]);
    const outcome = world.syncNow(command);
    routes = world.routes.get('edge-1') ?? [];
    if (JSON.stringify(routes) !== before) {
      writes.push(name);
    }
    return outcome;
  };
  return world;
}

/** Both live through the same time, each reading what the other has left. */
function run(ms: number): void {
  for (let passed = 0; passed < ms; passed += 500) {
    for (const world of [first, other]) {
      world.routes.set('edge-1', [...routes]);
      world.run(500);
    }
  }
}

function order(world: World, action: OverrideAction, owner: string): void {
  world.submit({
    type: 'override-set',
    site: 'shop',
    action,
    owner,
    reason: 'the store is away',
    expiresAt: world.now + 4 * hour,
  });
}

beforeEach(() => {
  routes = [];
  writes = [];
  first = openController('first');
  other = openController('second');
  run(25 * second);
  for (const world of [first, other]) {
    world.submit({ type: 'lease-changed', isLeader: false });
    world.submit({
      type: 'glass-broken',
      owner: 'kim',
      reason: 'the store is away',
      until: world.now + hour,
    });
  }
});

describe('two controllers whose glass is broken at once', () => {
  it('leave each other what only one of them was ordered to do', () => {
    order(first, 'divert', 'kim');

    run(2 * minute);

    expect(routes).toHaveLength(1);
    expect(writes).toEqual(['first']);
    expect(first.phase('shop')).toBe('diverted');
    expect(other.phase('shop')).toBe('serving');
  });

  it('do not fight over contrary orders: after a write for each a person is asked', () => {
    order(first, 'divert', 'kim');
    run(minute);
    order(other, 'divert', 'lee');
    run(minute);

    order(other, 'restore', 'lee');
    run(3 * minute);

    expect(writes.length).toBeLessThanOrEqual(5);
    const settled = writes.length;
    run(2 * minute);
    expect(writes).toHaveLength(settled);
    expect(first.state.sites.get('shop')?.question?.reason).toBe('route-vanished-again');
    expect(routes).toEqual([]);
  });

  it('touch nothing that no order is about, whatever stands there', () => {
    order(first, 'divert', 'kim');
    run(minute);
    other.submit({
      type: 'override-set',
      site: 'mall',
      action: 'divert',
      owner: 'lee',
      reason: 'power',
      expiresAt: other.now + hour,
    });
    run(minute);

    expect(routes.map(({ prefix }) => prefix).sort()).toEqual([
      '203.0.113.10/32',
      '203.0.113.20/32',
    ]);
    expect(writes).toEqual(['first', 'second']);
  });
});
