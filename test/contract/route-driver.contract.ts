import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Route, RoutePlan, RouterReading } from '../../src/core/route-plan.ts';
import { errorCode } from '../../src/lib/errors.ts';
import type { RouteDriver, UnconfirmedChange } from '../../src/ports/route-driver.ts';
import { until } from '../support/until.ts';

/** A host route as the router itself tells it, whoever made it. */
export interface RawRoute extends Route {
  /** Everything else that the router says of it: a change in these words means that somebody touched it. */
  readonly words?: string;
}

/** One router for the suite: real, or a simulator behind the driver's own transport. */
export interface RouterBench extends AsyncDisposable {
  /** Opens a driver of its own, as a controller that has just been started does. The suite closes it. */
  openDriver(): RouteDriver;
  /** Every static host route on the router in a steady order, asked without the driver under test. */
  readRaw(): Promise<readonly RawRoute[]>;
  /** Makes a route as an operator would, without our mark. */
  addForeign?(route: Route): Promise<void>;
  removeForeign?(route: Route): Promise<void>;
  /** Routes of addresses that this bench may use, and two next hops that the router reaches, for each family. */
  readonly ground?: RouterGround;
}

export interface RouterGround {
  readonly addresses4: (number: number) => string;
  readonly addresses6: (number: number) => string;
  readonly nextHops4: readonly [string, string];
  readonly nextHops6: readonly [string, string];
  /** An IPv4 next hop that the router has no way to. */
  readonly deadNextHop: string;
}

/** Which of the promises make sense for a kind of router. */
export interface RouterTraits {
  /** False where nobody else can make routes, as with a speaker of our own: the bench then has no `addForeign`. */
  readonly othersMakeRoutes?: boolean;
  /** False where the router passes next hops on without looking at them. */
  readonly looksAtNextHops?: boolean;
  /** True where the router takes back by itself what nobody confirms. */
  readonly undoes?: boolean;
  /** True where the router can be told the term of the controller that writes, and tells it to the next. */
  readonly carriesTerm?: boolean;
  /** True where the router itself refuses what a controller of an older term sends. */
  readonly fences?: boolean;
}

/** The addresses of the lab. */
export const labGround: RouterGround = {
  addresses4: (number) => `192.168.80.${number}`,
  addresses6: (number) => `fd10:80::${number}`,
  nextHops4: ['10.10.4.10', '10.10.4.20'],
  nextHops6: ['fd10:4::10', 'fd10:4::20'],
  deadNextHop: '203.0.113.9',
};

const batchSize = 100;

/** What every driver promises, whatever router it drives. `openBench` is called once. */
export function routeDriverContract(
  name: string,
  openBench: () => Promise<RouterBench>,
  traits: RouterTraits = {},
): void {
  const { othersMakeRoutes = true, looksAtNextHops = true, undoes = false } = traits;
  const { carriesTerm = false, fences = false } = traits;
  describe(`the route driver ${name}`, () => {
    let bench: RouterBench;
    let driver: RouteDriver;

    beforeAll(async () => {
      bench = await openBench();
    });

    afterAll(() => bench?.[Symbol.asyncDispose]());

    beforeEach(async () => {
      driver = bench.openDriver();
      expect(await bench.readRaw()).toEqual([]);
    });

    afterEach(async () => {
      await driver?.[Symbol.asyncDispose]();
      await clear(bench);
    });

    const act = (plan: Partial<RoutePlan>): Promise<void> =>
      driver.apply({ add: [], remove: [], unchanged: [], ...plan }, soon());
    const read = async (): Promise<RouterReading> => sorted(await driver.read(soon()));
    const ground = (): RouterGround => bench.ground ?? labGround;
    const v4 = (number: number, hop: 0 | 1 = 0): Route => ({
      prefix: `${ground().addresses4(number)}/32`,
      nextHop: ground().nextHops4[hop],
    });
    const v6 = (number: number, hop: 0 | 1 = 0): Route => ({
      prefix: `${ground().addresses6(number)}/128`,
      nextHop: ground().nextHops6[hop],
    });

    it('reads a router without routes as empty', async () => {
      expect(await read()).toEqual({ owned: [], foreign: [] });
    });

    it('tells the lines of a plan and changes nothing by it', async () => {
      const lines = driver.lines({ add: [v4(101)], remove: [v6(102)], unchanged: [] }).join('\n');

      expect(lines).toContain(ground().addresses4(101));
      expect(lines).toContain(ground().addresses6(102));
      expect(driver.lines({ add: [], remove: [], unchanged: [v4(101)] })).toEqual([]);
      expect(await bench.readRaw()).toEqual([]);
    });

    it('installs an IPv4 and an IPv6 route, reads them back, and removes them', async () => {
      await act({ add: [v4(101), v6(101)] });
      const added = await read();
      const raw = await bench.readRaw();
      await act({ remove: [v4(101), v6(101)] });

      expect(added).toEqual({ owned: installed(v4(101), v6(101)), foreign: [] });
      expect(raw).toMatchObject(inOrder([v4(101), v6(101)]));
      expect(await read()).toEqual({ owned: [], foreign: [] });
      expect(await bench.readRaw()).toEqual([]);
    });

    it('does the same plan twice without harm', async () => {
      await act({ add: [v4(101), v6(101)] });
      const once = await bench.readRaw();
      await act({ add: [v4(101), v6(101)] });
      const twice = await bench.readRaw();
      await act({ remove: [v4(101), v6(101)] });
      await act({ remove: [v4(101), v6(101)] });

      expect(twice).toEqual(once);
      expect(await bench.readRaw()).toEqual([]);
    });

    it('changes nothing for an empty plan', async () => {
      await act({ add: [v4(101)] });
      const before = await bench.readRaw();
      await act({ unchanged: [v4(101)] });

      expect(await bench.readRaw()).toEqual(before);
    });

    it('removes and adds in one plan and leaves what the plan does not name', async () => {
      await act({ add: [v4(101), v4(102)] });
      await act({ remove: [v4(101)], add: [v4(103)], unchanged: [v4(102)] });

      expect(await read()).toEqual({ owned: installed(v4(102), v4(103)), foreign: [] });
    });

    it('moves a prefix to another next hop and keeps no trace of the old one', async () => {
      await act({ add: [v4(101, 0), v6(101, 0)] });
      await act({ remove: [v4(101, 0), v6(101, 0)], add: [v4(101, 1), v6(101, 1)] });

      expect(await read()).toEqual({ owned: installed(v4(101, 1), v6(101, 1)), foreign: [] });
      expect(await bench.readRaw()).toMatchObject(inOrder([v4(101, 1), v6(101, 1)]));
    });

    it(`takes ${batchSize} routes in one plan, and gives them back in another`, async () => {
      const routes = Array.from({ length: batchSize }, (_, at) => v4(at + 1));

      await act({ add: routes });
      const added = await read();
      await act({ remove: routes });

      expect(added).toEqual({ owned: installed(...routes), foreign: [] });
      expect(await read()).toEqual({ owned: [], foreign: [] });
    });

    it('finds the routes of an earlier driver: nothing is remembered outside the router', async () => {
      await act({ add: [v4(101)] });
      await driver[Symbol.asyncDispose]();
      driver = bench.openDriver();

      expect(await read()).toEqual({ owned: installed(v4(101)), foreign: [] });
      await act({ remove: [v4(101)] });
      expect(await bench.readRaw()).toEqual([]);
    });

    it('refuses anything but a host route, and sends nothing of such a plan', async () => {
      const refused: readonly Route[] = [
        { prefix: `${ground().addresses4(0)}/24`, nextHop: v4(1).nextHop },
        { prefix: '0.0.0.0/0', nextHop: v4(1).nextHop },
        { prefix: `${v4(101).prefix}\nreload`, nextHop: v4(1).nextHop },
        { prefix: v4(101).prefix, nextHop: `${v4(1).nextHop} tag 1` },
        { prefix: v4(101).prefix, nextHop: v6(1).nextHop },
      ];

      for (const route of refused) {
        const plan = { add: [v4(102), route], remove: [], unchanged: [] };
        await expect(driver.apply(plan, soon())).rejects.toMatchObject(guardRefusal);
        await expect(
          driver.apply({ ...plan, add: [], remove: [route] }, soon()),
        ).rejects.toMatchObject(guardRefusal);
        expect(() => driver.lines(plan)).toThrow(expect.objectContaining(guardRefusal));
      }
      expect(await bench.readRaw()).toEqual([]);
    });

    it('tells the truth after an act that was cut short', async () => {
      const cut = new AbortController();
      const acting = driver.apply({ add: [v4(101)], remove: [], unchanged: [] }, cut.signal);
      cut.abort(new Error('cut short by the test'));

      await acting.catch(() => undefined);

      await settled(bench);
      const raw = await bench.readRaw();
      expect((await read()).owned).toEqual(raw.length === 0 ? [] : installed(v4(101)));
      await act({ add: [v4(101)] });
      expect((await read()).owned).toEqual(installed(v4(101)));
    });

    const neverFalselyInstalled = async (): Promise<void> => {
      const dead = { prefix: v4(101).prefix, nextHop: ground().deadNextHop };

      const refusal = await act({ add: [dead] }).then(() => undefined, errorCode);
      const after = await read();

      expect([undefined, 'DETOUR_ROUTER_COMMAND_REJECTED']).toContain(refusal);
      expect(after.owned.filter(({ isInstalled }) => isInstalled)).toEqual([]);
      await act({ remove: after.owned.map(bare), add: [v4(101)] });
      expect(await read()).toEqual({ owned: installed(v4(101)), foreign: [] });
    };
    if (looksAtNextHops) {
      it(
        'never calls a route installed whose next hop the router cannot reach',
        neverFalselyInstalled,
      );
    }

    const withUndo = (): void => {
      const actForNow = async (plan: Partial<RoutePlan>): Promise<UnconfirmedChange> => {
        const whole = { add: [], remove: [], unchanged: [], ...plan };
        const change = await driver.applyUnconfirmed?.(whole, 60_000, soon());
        if (change === undefined) {
          throw new Error(`${name} applied for good what it should take back by itself`);
        }
        return change;
      };

      it('shows a change in effect, and says that it is unconfirmed', async () => {
        const change = await actForNow({ add: [v4(101), v6(101)] });

        const during = await driver.read(soon());
        await change.cancel(soon());

        expect(during.isUnconfirmed).toBe(true);
        expect(sorted(during).owned).toEqual(installed(v4(101), v6(101)));
        expect(change.undoAfterMs).toBeGreaterThanOrEqual(60_000);
      });

      it('keeps what was confirmed, and only that', async () => {
        const kept = await actForNow({ add: [v4(101)] });
        await kept.confirm(soon());
        const dropped = await actForNow({ add: [v4(102)], remove: [v4(101)] });
        await dropped.cancel(soon());

        const after = await driver.read(soon());

        expect(after).not.toHaveProperty('isUnconfirmed');
        expect(after.owned).toEqual(installed(v4(101)));
      });

      it('tells an earlier unconfirmed change to a driver that did not make it', async () => {
        const change = await actForNow({ add: [v4(101)] });
        await using other = bench.openDriver();

        const seen = await other.read(soon());
        const refusal = await other
          .applyUnconfirmed?.({ add: [v4(102)], remove: [], unchanged: [] }, 60_000, soon())
          .then(() => undefined, errorCode);
        await change.cancel(soon());

        expect(seen.isUnconfirmed).toBe(true);
        expect(refusal).toBe('DETOUR_ROUTER_LOCKED');
        expect(await bench.readRaw()).toEqual([]);
      });
    };
    if (undoes) {
      describe('that can undo by itself', withUndo);
    }

    const besideOthers = (): void => {
      const foreign = async (...routes: readonly Route[]): Promise<readonly RawRoute[]> => {
        for (const route of routes) {
          await bench.addForeign?.(route);
        }
        return await bench.readRaw();
      };

      it('names them, and changes none while it works beside them', async () => {
        const before = await foreign(v4(66), v6(66, 1));

        await act({ add: [v4(101), v6(101)] });
        const beside = await read();
        await act({ remove: [v4(101), v6(101)] });

        expect(beside).toEqual({
          owned: installed(v4(101), v6(101)),
          foreign: inOrder([v4(66), v6(66, 1)]),
        });
        expect(await bench.readRaw()).toEqual(before);
      });

      it('does not take the very route that another made for its own', async () => {
        const before = await foreign(v4(101));

        await expect(act({ add: [v4(101)] })).rejects.toMatchObject(guardRefusal);
        await act({ remove: [v4(101)] }).catch(expectGuardRefusal);

        expect(await bench.readRaw()).toEqual(before);
        expect(await read()).toEqual({ owned: [], foreign: [v4(101)] });
      });

      it('does not push aside a route that another made for the prefix', async () => {
        const before = await foreign(v4(101, 1));

        await act({ add: [v4(101, 0)] }).catch(expectGuardRefusal);
        const during = await read();
        await act({ remove: [v4(101, 0)] }).catch(expectGuardRefusal);

        expect(during.foreign).toEqual([v4(101, 1)]);
        expect(during.owned.filter(({ isInstalled }) => isInstalled)).toEqual([]);
        expect(await bench.readRaw()).toEqual(before);
      });
    };
    if (othersMakeRoutes) {
      describe('with routes that others made', besideOthers);
    }

    // Last: a router that keeps terms apart from routes remembers the newest of them.
    const withTerms = (): void => {
      it('tells the newest term that it was told', async () => {
        const older = terms.next();
        const newer = terms.next();
        await act({ add: [v4(101)] });
        const before = await read();
        await act({ add: [v4(102)], unchanged: [v4(101)], term: older, generation: 41 });
        await act({ add: [v4(103)], unchanged: [v4(101), v4(102)], term: newer, generation: 1 });

        const after = await read();

        expect(before.term ?? 0).toBeLessThan(older);
        expect(after).toEqual({
          owned: installed(v4(101), v4(102), v4(103)),
          foreign: [],
          term: newer,
        });
      });

      const refusingOldTerms = async (): Promise<void> => {
        const older = terms.next();
        const newer = terms.next();
        await act({ add: [v4(101)], term: newer });

        await expect(act({ remove: [v4(101)], term: older })).rejects.toMatchObject(fenced);
        await expect(act({ add: [v4(102)], term: older })).rejects.toMatchObject(fenced);

        expect((await read()).owned).toEqual(installed(v4(101)));
        await act({ remove: [v4(101)], term: newer });
        expect((await read()).owned).toEqual([]);
      };
      if (fences) {
        it('refuses by itself what a controller of an older term sends', refusingOldTerms);
      }
    };
    if (carriesTerm) {
      describe('that carries terms', withTerms);
    }
  });
}

const fenced = { code: 'DETOUR_FENCED' };

/** Each newer than those of any run before: a router may remember them. */
const terms = {
  last: Math.floor(Date.now() / 1000),
  next(): number {
    this.last += 1;
    return this.last;
  },
};

const guardRefusal = { code: 'DETOUR_GUARD_REFUSED' };

function expectGuardRefusal(error: unknown): void {
  expect(error).toMatchObject(guardRefusal);
}

/** An act that takes longer than this has hung. */
const soon = (): AbortSignal => AbortSignal.timeout(30_000);

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });

function inOrder<T extends Route>(routes: readonly T[]): readonly T[] {
  return routes.toSorted((a, b) =>
    `${a.prefix} ${a.nextHop}` < `${b.prefix} ${b.nextHop}` ? -1 : 1,
  );
}

const installed = (...routes: readonly Route[]): RouterReading['owned'] =>
  inOrder(routes.map((route) => ({ ...route, isInstalled: true })));

const sorted = ({ owned, foreign, ...rest }: RouterReading): RouterReading => ({
  ...rest,
  owned: inOrder(owned),
  foreign: inOrder(foreign),
});

/** A command that was cut off may still be running on the router: waits until five looks in a row agree. */
async function settled(bench: RouterBench): Promise<void> {
  const looks: string[] = [];
  await until(
    'the router to come to rest',
    async () => {
      looks.push(JSON.stringify(await bench.readRaw()));
      return looks.length >= 5 && new Set(looks.slice(-5)).size === 1;
    },
    { everyMs: 100 },
  );
}

/** Takes every route away again, so that one failed test does not fail the next. */
async function clear(bench: RouterBench): Promise<void> {
  await using driver = bench.openDriver();
  const { owned, foreign } = await driver.read(soon());
  await driver.apply({ remove: owned.map(bare), add: [], unchanged: [] }, soon());
  for (const route of foreign) {
    await bench.removeForeign?.(route);
  }
}
