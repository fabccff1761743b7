import { describe, expect, it } from 'vitest';
import { drillHindrance, drillValidMs } from '../../../src/core/drill.ts';
import { initialState } from '../../../src/core/initial-state.ts';
import type { CoreConfig, State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { explainSite } from '../../../src/core/why.ts';
import { registeredSite } from '../../fakes/site-state.ts';
import { estate } from './support.ts';

const site = registeredSite('shop', { routers: ['edge-1'] });

function drilled(isDrilled = true): State {
  const [edge] = Object.values(estate.routers);
  if (edge === undefined) {
    throw new Error('The estate has no router');
  }
  const config: CoreConfig = {
    ...estate,
    sites: { shop: site },
    routers: { 'edge-1': isDrilled ? { ...edge, isDrilled: true } : edge },
  };
  return initialState(config, 0);
}

const held = (state: State, at: number, isPassed: boolean): State =>
  step(
    state,
    { type: 'drill-finished', router: 'edge-1', owner: 'kim', at, isPassed, detail: 'so' },
    at,
  ).state;

describe('a router with drills', () => {
  it('is trusted for 8 days after a drill that passed, and no longer', () => {
    const state = held(drilled(), 1_000, true);

    expect(drillHindrance(state, site, 1_000 + drillValidMs)).toBeUndefined();
    expect(drillHindrance(state, site, 1_001 + drillValidMs)).toMatchObject({
      reason: 'brake-drill',
      detail: 'the last drill of edge-1 was 8d ago',
    });
  });

  it('is not trusted after a drill that failed, until one passes', () => {
    const failed = held(drilled(), 1_000, false);

    expect(drillHindrance(failed, site, 2_000)?.reason).toBe('brake-drill');
    expect(drillHindrance(held(failed, 3_000, true), site, 4_000)).toBeUndefined();
  });

  it('has 8 days after the start for its first drill', () => {
    expect(drillHindrance(drilled(), site, drillValidMs)).toBeUndefined();
    expect(drillHindrance(drilled(), site, drillValidMs + 1)?.detail).toContain('no drill yet');
  });

  it('is told to people once when its drill has become too old, and again after the next one', () => {
    const first = step(drilled(), { type: 'tick' }, drillValidMs + 1);
    const second = step(first.state, { type: 'tick' }, drillValidMs + 2);
    const passed = held(second.state, drillValidMs + 3, true);
    const third = step(passed, { type: 'tick' }, drillValidMs + 4);
    const late = step(third.state, { type: 'tick' }, 2 * drillValidMs + 5);

    const told = [first, second, third, late].map(
      ({ commands }) =>
        commands.filter(
          (command) => command.type === 'send-alert' && command.alert.reason === 'drill-stale',
        ).length,
    );
    expect(told).toEqual([1, 0, 0, 1]);
  });

  it('keeps the newest drill, in whatever order they are remembered', () => {
    const state = held(held(drilled(), 2_000, true), 1_000, false);

    expect(state.routers['edge-1']?.drill).toMatchObject({ at: 2_000, isPassed: true });
  });

  it('says nothing of earlier drills after a start', () => {
    const { commands, state } = step(
      drilled(),
      {
        type: 'drill-finished',
        router: 'edge-1',
        owner: 'detour',
        at: 1_000,
        isPassed: false,
        detail: 'so',
        isRemembered: true,
      },
      5_000,
    );

    expect(commands).toEqual([]);
    expect(drillHindrance(state, site, 6_000)?.reason).toBe('brake-drill');
  });

  it('is asked for by `why`, with the way out', () => {
    const state = held(drilled(), 1_000, false);
    const shop = state.sites.get('shop');
    if (shop === undefined) {
      throw new Error('shop is not known');
    }
    const detail = 'the last drill of edge-1 failed: so';
    const heldBack = { reason: 'brake-drill', detail, since: 1_000 } as const;
    const told = explainSite(
      { ...state, sites: state.sites.with('shop', { ...shop, heldBack }) },
      'shop',
      2_000,
    );

    expect(JSON.stringify(told)).toContain('A drill that passes lets it go');
  });
});

describe('a router without drills', () => {
  it('is trusted without one', () => {
    expect(drillHindrance(drilled(false), site, 10 * drillValidMs)).toBeUndefined();
  });
});
