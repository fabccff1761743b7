import { beforeEach, describe, expect, it } from 'vitest';
import { RunnerGuard } from '../../../src/controller/runner-guard.ts';
import { planRoutes } from '../../../src/core/route-plan.ts';
import { hour, minute, second } from '../../../src/lib/time.ts';
import { edge, site, World } from '../../scenario/support/world.ts';

/** More than the three that automation may divert at once here. */
const names = Array.from({ length: 5 }, (_, at) => `site-${at + 1}`);

let world: World;
let refusals: string[];

/** A router behind the guard that every plan must pass, as in the product. */
function guarded(): void {
  const guard = new RunnerGuard({
    isIsolated: () => world.state.isolation.isIsolated,
    sites: () => world.state.config.sites,
    guards: () => world.state.config.guards,
    monotonicMs: () => world.now,
  });
  world.answers.sync = (command) => {
    const { ledger, isOrdered, activeLimit } = command;
    const owned = (world.routes.get('edge-1') ?? []).filter(({ prefix }) =>
      ledger.includes(prefix),
    );
    const plan = planRoutes(owned, command.desired);
    const refusal = guard.refusal({
      router: edge,
      plan,
      ledger,
      foreign: [],
      isOrdered,
      activeLimit,
    });
    if (refusal !== undefined) {
      refusals.push(refusal);
      return { result: 'failed', code: 'DETOUR_GUARD_REFUSED', message: refusal };
    }
    guard.note(plan);
    return world.syncNow(command);
  };
}

function diverted(): number {
  return names.filter((name) => world.phase(name) === 'diverted').length;
}

/** The router starts anew without what it never saved. */
function loseRoutes(): void {
  world.routes.set('edge-1', []);
  world.readRouter('edge-1');
}

beforeEach(() => {
  refusals = [];
  world = new World({
    sites: names.map((name, at) => site(name, `203.0.113.${at + 1}`)),
    guards: { maxActive: { count: 3, share: 0 }, holdDown: { initialMs: 0, maxMs: 0 } },
  });
  guarded();
  world.run(25 * second);
});

/** All five sites fail, a person lets them be diverted, and that word has ended. */
function letWaveThrough(): void {
  world.healthy.clear();
  world.run(20 * second);
  world.submit({
    type: 'brake-released',
    brake: 'mass-failure',
    owner: 'kim',
    reason: 'power of hall B',
    until: world.now + minute,
  });
  expect(world.runUntil(() => diverted() === 5, minute)).toBe(true);
  world.run(90 * second);
}

describe('more diversions than automation may begin by itself', () => {
  it('are put back after their router lost them, long after a person let the wave through', () => {
    letWaveThrough();

    loseRoutes();
    world.run(minute);

    expect(refusals).toEqual([]);
    expect(world.routes.get('edge-1')).toHaveLength(5);
  });

  it('are taken up again when a controller starts anew and the routes have gone meanwhile', () => {
    letWaveThrough();

    world.routes.set('edge-1', []);
    world.restart();
    world.run(minute);

    expect(refusals).toEqual([]);
    expect(world.routes.get('edge-1')).toHaveLength(5);
  });

  it('are put back after the orders of people that made them have ended', () => {
    for (const name of names) {
      world.healthy.delete(name);
      world.submit({
        type: 'override-set',
        site: name,
        action: 'divert',
        owner: 'kim',
        reason: 'flood in hall B',
        expiresAt: world.now + minute,
      });
    }
    expect(world.runUntil(() => diverted() === 5, minute)).toBe(true);
    world.run(90 * second);
    expect(diverted()).toBe(5);

    loseRoutes();
    world.run(minute);

    expect(refusals).toEqual([]);
    expect(world.routes.get('edge-1')).toHaveLength(5);
  });

  it('are begun by a planned window for all of them', () => {
    for (const name of names) {
      world.submit({
        type: 'maintenance-started',
        site: name,
        id: 'w1',
        reason: 'new power supply',
        isDiverting: true,
        endsAt: world.now + hour,
      });
    }
    world.run(minute);

    expect(refusals).toEqual([]);
    expect(diverted()).toBe(5);
  });

  it('stay what nobody answered for: the guard goes on counting the others', () => {
    const [first] = world.commands.flatMap((command) =>
      command.type === 'sync-routes' ? [command.activeLimit] : [],
    );
    expect(first ?? 3).toBe(3);
    world.healthy.delete('site-1');
    world.run(20 * second);

    const sync = world.commands.findLast((command) => command.type === 'sync-routes');

    expect(sync?.type === 'sync-routes' && sync.activeLimit).toBe(3);
  });
});
