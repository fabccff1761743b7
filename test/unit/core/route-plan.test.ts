import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEmptyPlan, planRoutes, type Route } from '../../../src/core/route-plan.ts';

const route: fc.Arbitrary<Route> = fc.record({
  prefix: fc.nat(9).map((host) => `192.0.2.${host}/32`),
  nextHop: fc.constantFrom('198.51.100.1', '198.51.100.2'),
});

const routes = fc.uniqueArray(route, { maxLength: 12, selector: keyOf });

function keyOf({ prefix, nextHop }: Route): string {
  return `${prefix} via ${nextHop}`;
}

const keys = (list: readonly Route[]): readonly string[] => list.map(keyOf).toSorted();

function applied(owned: readonly Route[], desired: readonly Route[]): readonly Route[] {
  const { remove, add } = planRoutes(owned, desired);
  const gone = new Set(keys(remove));
  return [...owned.filter((one) => !gone.has(keyOf(one))), ...add];
}

describe('a plan of routes', () => {
  it('leads to exactly the desired routes', () => {
    fc.assert(
      fc.property(routes, routes, (owned, desired) => {
        expect(keys(applied(owned, desired))).toEqual(keys(desired));
      }),
    );
  });

  it('has nothing left to do once it was carried out', () => {
    fc.assert(
      fc.property(routes, routes, (owned, desired) => {
        expect(isEmptyPlan(planRoutes(applied(owned, desired), desired))).toBe(true);
      }),
    );
  });

  it('removes only what is owned, adds only what is desired, and touches nothing that is both', () => {
    fc.assert(
      fc.property(routes, routes, (owned, desired) => {
        const plan = planRoutes(owned, desired);

        const have = new Set(keys(owned));
        const want = new Set(keys(desired));
        expect(keys(plan.remove).every((key) => have.has(key) && !want.has(key))).toBe(true);
        expect(keys(plan.add).every((key) => want.has(key) && !have.has(key))).toBe(true);
        expect(keys(plan.unchanged).every((key) => want.has(key) && have.has(key))).toBe(true);
      }),
    );
  });

  it('is the same whatever the order in which routes are named', () => {
    fc.assert(
      fc.property(routes, routes, (owned, desired) => {
        expect(planRoutes(owned.toReversed(), desired.toReversed())).toEqual(
          planRoutes(owned, desired),
        );
      }),
    );
  });

  it('moves a prefix to another next hop by a removal and an addition', () => {
    const was = { prefix: '192.0.2.1/32', nextHop: '198.51.100.1' };
    const is = { prefix: '192.0.2.1/32', nextHop: '198.51.100.2' };

    expect(planRoutes([was], [is])).toEqual({ remove: [was], add: [is], unchanged: [] });
  });
});
