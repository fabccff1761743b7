import { beforeEach, describe, expect, it } from 'vitest';
import { RouteLeaseKeeper } from '../../../src/controller/route-lease-keeper.ts';
import { RouterLease, type WantedLease } from '../../../src/controller/router-lease.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import { minute, second } from '../../../src/lib/time.ts';
import type { RouteDriver, RouteLease } from '../../../src/ports/route-driver.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

const routeOf = (number: number): Route => ({
  prefix: `192.0.2.${number}/32`,
  nextHop: '198.51.100.2',
});

/** The lease of one router under a keeper, and everything that the router was told. */
class Bench {
  readonly clock = new ManualClock();
  readonly told: RouteLease[] = [];
  readonly failures: string[] = [];
  wanted: WantedLease = {
    routes: [routeOf(1)],
    forMs: 5 * minute,
    isHeld: false,
    isLapseKnown: false,
  };
  mayAct = true;
  isReachable = true;
  readonly lease: RouterLease;
  readonly #keeper: RouteLeaseKeeper;

  constructor() {
    const driver: RouteDriver = {
      read: async () => ({ owned: [], foreign: [] }),
      apply: async () => undefined,
      lines: () => [],
      leaseRoutes: async (lease) => {
        if (!this.isReachable) {
          throw new DetourError('No way there', { code: 'DETOUR_TRANSPORT_CONNECT_FAILED' });
        }
        this.told.push(lease);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
    this.lease = new RouterLease('edge-1', {
      driver,
      clock: this.clock,
      wanted: () => this.wanted,
      mayAct: () => this.mayAct,
      onRenewed: () => undefined,
      onFailed: (message) => this.failures.push(message),
    });
    const runner = {
      isLeaseDue: () => this.lease.isDue(),
      renewLease: () => this.lease.renew(new AbortController().signal).catch(() => undefined),
    };
    this.#keeper = new RouteLeaseKeeper(this.clock, new Map([['edge-1', runner]]));
    this.#keeper.start();
  }

  /** Lets time go by second for second, and what was begun in it end. */
  async pass(ms: number): Promise<void> {
    for (let gone = 0; gone < ms; gone += second) {
      this.clock.advance(second);
      await Promise.resolve().then(() => undefined);
      await Promise.resolve().then(() => undefined);
    }
  }
}

describe('the lease of the routes on a router', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench();
  });

  it('is set at once and renewed at a third of its time, with all routes in one go', async () => {
    const routes = Array.from({ length: 200 }, (_, index) => routeOf(index + 1));
    bench.wanted = { ...bench.wanted, routes };

    await bench.pass(5 * minute);

    expect(bench.told.map(({ routes: { length } }) => length)).toEqual([200, 200, 200]);
  });

  it('costs a router nothing on which no site falls back', async () => {
    bench.wanted = { ...bench.wanted, routes: [] };

    await bench.pass(10 * minute);

    expect(bench.told).toEqual([]);
  });

  it('is set anew within a second when other routes are to end, and ended when none is', async () => {
    await bench.pass(2 * second);
    bench.wanted = { ...bench.wanted, routes: [routeOf(1), routeOf(2)] };
    await bench.pass(2 * second);
    bench.wanted = { ...bench.wanted, routes: [] };
    await bench.pass(minute);

    expect(bench.told.map(({ routes: { length } }) => length)).toEqual([1, 2, 0]);
  });

  it('is ended when a router still holds one of a time when its sites fell back', async () => {
    bench.wanted = { ...bench.wanted, routes: [], isHeld: true };

    await bench.pass(2 * second);

    expect(bench.told).toMatchObject([{ routes: [] }]);
  });

  it('is tried again every 10 s when a renewal failed, and every failure is told', async () => {
    await bench.pass(second);
    bench.isReachable = false;
    await bench.pass(2 * minute);
    bench.isReachable = true;
    await bench.pass(11 * second);

    // Due after 100 s, and tried in the 20 s that are left.
    expect(bench.failures.length).toBeGreaterThanOrEqual(2);
    expect(bench.failures.length).toBeLessThanOrEqual(3);
    expect(bench.told).toHaveLength(2);
  });

  it('is nobody’s but the leader’s, and a controller that leads again renews at once', async () => {
    await bench.pass(second);
    bench.mayAct = false;
    await bench.pass(10 * minute);
    expect(bench.told).toHaveLength(1);

    bench.mayAct = true;
    await bench.pass(second);

    expect(bench.told).toHaveLength(2);
  });

  it('is not sent by a process that may not act any more when its turn comes', async () => {
    bench.mayAct = false;

    const renewal = bench.lease.renew(new AbortController().signal);

    await expect(renewal).rejects.toMatchObject({ code: 'DETOUR_NOT_LEADER' });
    expect(bench.told).toEqual([]);
  });
});
