import { beforeEach, describe, expect, it } from 'vitest';
import { longestPauseMs } from '../../../src/core/change-pace.ts';
import type { Command } from '../../../src/core/command.ts';
import type { CommandOutcome } from '../../../src/core/event.ts';
import { hour, minute, second } from '../../../src/lib/time.ts';
import { edge, site, storyStart, World } from '../../scenario/support/world.ts';

const refusal: CommandOutcome = {
  result: 'failed',
  code: 'DETOUR_ROUTER_COMMAND_REJECTED',
  message: '% Configuration is locked',
};

let world: World;

/** Changes that a router was told, and when, in seconds. */
function told(router = 'edge-1'): readonly { readonly at: number; readonly routes: number }[] {
  return world.commands.flatMap((command) =>
    command.type === 'sync-routes' && command.router === router
      ? [{ at: (command.decidedAt - storyStart) / second, routes: command.desired.length }]
      : [],
  );
}

beforeEach(() => {
  world = new World({
    sites: [
      site('shop', '203.0.113.10'),
      site('mall', '203.0.113.20', { routers: ['edge-2'] }),
      site('cafe', '203.0.113.30'),
    ],
    routers: [edge, { ...edge, name: 'edge-2' }],
    guards: {
      massFailure: { minSites: 9, share: 1, withinMs: minute },
      rate: { count: 9, perMs: second },
    },
  });
  world.answers.sync = () => refusal;
  world.run(25 * second);
});

describe('a router that does not take a change', () => {
  it('is told again soon at first, and then no more often than it is read', () => {
    world.healthy.delete('shop');

    world.run(9 * minute);

    const pauses = told()
      .slice(1)
      .map(({ at }, index) => at - (told()[index]?.at ?? 0));
    expect(Math.max(...pauses.slice(0, 4))).toBeLessThan(7);
    expect(Math.min(...pauses.slice(12))).toBeGreaterThan((0.65 * longestPauseMs) / second);
    expect(told().length).toBeLessThan(45);
    expect(told().length).toBeGreaterThan(20);
  });

  it('does not come at the same moment as every other one, for they may ask the same server who we are', () => {
    world.healthy.delete('shop');
    world.healthy.delete('mall');

    world.run(9 * minute);

    const others = new Set(told('edge-2').map(({ at }) => at));
    const late = told().filter(({ at }) => at > 4 * 60);
    expect(late.filter(({ at }) => others.has(at)).length).toBeLessThan(late.length / 4);
  });

  it('is told at once what it has not been asked before', () => {
    world.healthy.delete('shop');
    world.run(3 * minute);
    world.healthy.delete('cafe');
    const before = told().length;

    world.run(20 * second);

    const first = told()
      .slice(before)
      .find(({ routes }) => routes === 2);
    expect(first?.at).toBeLessThan(25 + 180 + 20);
    expect(world.phase('cafe')).toBe('diverting/installing');
  });

  it('is told at once after a reload, for that may have mended it', () => {
    world.healthy.delete('shop');
    world.run(3 * minute);
    world.answers.sync = (command) => world.syncNow(command);

    world.submit({ type: 'config-applied', config: world.state.config });

    expect(world.runUntil(() => world.phase('shop') === 'diverted', second)).toBe(true);
  });

  it('is told of trouble until the change is through or no longer wanted, not each time that it is begun anew', () => {
    world.healthy.delete('shop');
    world.run(3 * minute);
    world.healthy.add('shop');
    world.run(3 * minute);

    const alerts = world.commands.flatMap((command) =>
      command.type === 'send-alert' && command.alert.key === 'change:edge-1'
        ? [command.alert.isResolved]
        : [],
    );
    expect(alerts).toEqual([false, true]);
  });
});

it('keeps the distance between opposite changes also after a change whose answer was lost', () => {
  world.answers.sync = (command) => {
    world.syncNow(command);
    return { result: 'unknown', code: 'DETOUR_TRANSPORT_LOST', message: 'cut' };
  };
  world.healthy.delete('shop');
  world.runUntil(() => world.phase('shop') === 'diverted');
  const lostAt = world.now;

  world.submit({
    type: 'override-set',
    site: 'shop',
    action: 'restore',
    owner: 'kim',
    reason: 'wrong alarm',
    expiresAt: world.now + hour,
  });

  const back = world.commands.findLast(
    (command): command is Extract<Command, { type: 'sync-routes' }> =>
      command.type === 'sync-routes',
  );
  expect(back?.desired).toEqual([]);
  expect(back?.notBefore).toBeGreaterThan(lostAt + second);
});
