import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import type { Route } from '../../src/core/route-plan.ts';
import { second } from '../../src/lib/time.ts';
import type { RouteDriver, RouteLease } from '../../src/ports/route-driver.ts';
import { until } from '../support/until.ts';
import { labGround, type RouterBench } from './route-driver.contract.ts';

const routeOf = (number: number): Route => ({
  prefix: `${labGround.addresses4(number)}/32`,
  nextHop: labGround.nextHops4[0],
});
const ours = routeOf(101);
const others = routeOf(102);
const foreign = routeOf(103);

/** An act that takes longer than this has hung. */
const soon = (): AbortSignal => AbortSignal.timeout(30_000);

/** What every driver promises whose router can take routes back by itself. `openBench` is called once. */
export function routeLeaseContract(name: string, openBench: () => Promise<RouterBench>): void {
  describe(`the leases of routes on ${name}`, () => {
    let bench: RouterBench;
    let driver: RouteDriver;

    beforeAll(async () => {
      bench = await openBench();
    });

    afterAll(() => bench?.[Symbol.asyncDispose]());

    beforeEach(async () => {
      driver = bench.openDriver();
      await lease({ routes: [], isLapseKnown: true });
    });

    afterEach(async () => {
      const { owned } = await driver.read(soon());
      await driver.apply({ add: [], remove: owned, unchanged: [] }, soon());
      await driver[Symbol.asyncDispose]();
    });

    const lease = async (terms: Partial<RouteLease>): Promise<void> => {
      const whole = { routes: [ours], forMs: 60 * second, isLapseKnown: false, ...terms };
      await driver.leaseRoutes?.(whole, soon());
    };
    const add = (...routes: readonly Route[]): Promise<void> =>
      driver.apply({ add: routes, remove: [], unchanged: [] }, soon());
    const standing = async (): Promise<readonly string[]> =>
      (await bench.readRaw()).map(({ prefix }) => prefix);

    it('a route whose lease runs out is taken back by the router, and no other', async () => {
      await bench.addForeign?.(foreign);
      onTestFinished(() => bench.removeForeign?.(foreign));
      await lease({ forMs: second });
      await add(ours, others);

      await until('the route to be gone', async () => !(await standing()).includes(ours.prefix), {
        timeoutMs: 20_000,
      });

      const rest = bench.addForeign === undefined ? [others] : [others, foreign];
      expect(await standing()).toEqual(rest.map(({ prefix }) => prefix));
      expect((await driver.read(soon())).lapsed).toEqual([ours.prefix]);
    });

    it('what lapsed must be read before another lease takes its place, and is told until then', async () => {
      await lease({ forMs: second });
      const lapse = async (): Promise<boolean> =>
        (await driver.read(soon())).lapsed?.includes(ours.prefix) === true;
      await until('the lease to lapse', lapse, { timeoutMs: 20_000 });

      await expect(lease({})).rejects.toMatchObject({ code: 'DETOUR_ROUTE_LEASE_LAPSED' });
      await lease({ isLapseKnown: true });

      expect(await driver.read(soon())).toMatchObject({ holdsLease: true });
      expect(await lapse()).toBe(false);
    });

    it('a lease that is renewed, or ended, takes nothing back', async () => {
      await lease({ forMs: second, routes: [others] });
      await lease({ forMs: 60 * second });
      await lease({ forMs: second, routes: [] });
      await lease({ forMs: 2 * second, routes: [others] });
      await add(ours);

      await until(
        'the last of them to lapse',
        async () => (await driver.read(soon())).lapsed !== undefined,
        { timeoutMs: 20_000 },
      );

      expect(await standing()).toEqual([ours.prefix]);
      expect((await driver.read(soon())).holdsLease).toBeUndefined();
    });

    it('a controller of an older term changes nothing of what stands', async () => {
      const term = Math.floor(Date.now() / 1000);
      await lease({ term });

      await expect(lease({ term: term - 1, routes: [] })).rejects.toMatchObject({
        code: 'DETOUR_FENCED',
      });

      expect((await driver.read(soon())).holdsLease).toBe(true);
    });
  });
}
