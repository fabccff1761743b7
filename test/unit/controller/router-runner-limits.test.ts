import { beforeEach, describe, expect, it } from 'vitest';
import { RouterLease } from '../../../src/controller/router-lease.ts';
import { maxPlanAgeMs, RouterRunner } from '../../../src/controller/router-runner.ts';
import { RunnerGuard } from '../../../src/controller/runner-guard.ts';
import { defaultGuards } from '../../../src/core/guards.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { minute } from '../../../src/lib/time.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { sampleSite } from '../../fakes/sample-site.ts';

const wanted: Route = { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' };
const spec = { name: 'edge-1', nextHop: { ipv4: wanted.nextHop }, estate: ['192.0.2.0/24'] };

/** A runner before a plain device, and what the device was asked. */
class Bench {
  readonly clock = new ManualClock();
  readonly acts: string[] = [];
  readonly runner: RouterRunner;
  /** The core still wants the generation that the plan was made for. */
  isStillWanted = true;
  leased: readonly Route[] = [];
  takesLeases = true;
  /** Readings that it gives before it lets nobody in any more. */
  readings = 100;
  #routes: readonly Route[] = [];

  constructor() {
    const { clock } = this;
    const driver: RouteDriver = {
      read: async () => {
        this.acts.push('read');
        this.readings -= 1;
        if (this.readings < 0) {
          throw new DetourError('No entry', { code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
        }
        return {
          owned: this.#routes.map((route) => ({ ...route, isInstalled: true })),
          foreign: [],
        };
      },
      apply: async ({ add }) => {
        this.acts.push('apply');
        this.#routes = add;
      },
      leaseRoutes: async ({ routes }) => {
        this.acts.push(`lease ${routes.map(({ prefix }) => prefix).join()}`);
        if (!this.takesLeases) {
          throw new DetourError('No timer there', { code: 'DETOUR_ROUTER_COMMAND_REJECTED' });
        }
      },
      lines: () => [],
      [Symbol.asyncDispose]: async () => undefined,
    };
    this.runner = new RouterRunner('edge-1', {
      spec: () => spec,
      driver,
      clock,
      guard: new RunnerGuard({
        isIsolated: () => false,
        sites: () => ({ home: sampleSite('home', { addresses: ['192.0.2.10'] }) }),
        guards: () => defaultGuards,
        monotonicMs: () => clock.monotonicMs(),
      }),
      lease: new RouterLease('edge-1', {
        driver,
        clock,
        wanted: () => ({
          routes: this.leased,
          forMs: 5 * minute,
          isHeld: false,
          isLapseKnown: false,
        }),
        mayAct: () => true,
        onRenewed: () => undefined,
        onFailed: () => undefined,
      }),
      mayAct: () => true,
      isStillWanted: () => this.isStillWanted,
      metrics: openControlMetrics(),
      log: silentLog,
    });
  }

  /** Syncs a plan that was decided so long ago. */
  sync(ageMs: number): ReturnType<RouterRunner['sync']> {
    return this.runner.sync({
      type: 'sync-routes',
      id: 'c1',
      router: 'edge-1',
      desired: [wanted],
      ledger: [wanted.prefix],
      isOrdered: false,
      activeLimit: 10,
      decidedAt: this.clock.now() - ageMs,
      notBefore: 0,
    });
  }
}

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

describe('a plan that comes to its turn', () => {
  it('is carried out up to 10 s after it was decided', async () => {
    expect(maxPlanAgeMs).toBe(10_000);

    expect(await bench.sync(maxPlanAgeMs)).toMatchObject({ result: 'ok' });
    expect(bench.acts).toEqual(['read', 'apply', 'read']);
  });

  it('is unknown, and not refused, when it was carried out and cannot be read back', async () => {
    bench.readings = 1;

    const outcome = await bench.sync(0);

    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
    expect(bench.acts).toEqual(['read', 'apply', 'read']);
  });

  it('is refused when nobody is let in before it', async () => {
    bench.readings = 0;

    const outcome = await bench.sync(0);

    expect(outcome).toMatchObject({ result: 'failed', code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
    expect(bench.acts).toEqual(['read']);
  });

  it('is dropped when it is older, and nothing is sent', async () => {
    expect(await bench.sync(maxPlanAgeMs + 1)).toMatchObject({
      result: 'unknown',
      code: 'DETOUR_PLAN_STALE',
    });
    expect(bench.acts).toEqual(['read']);
  });

  it('is dropped when the core decided something else since, however young it is', async () => {
    bench.isStillWanted = false;

    expect(await bench.sync(0)).toMatchObject({ result: 'unknown', code: 'DETOUR_PLAN_STALE' });
    expect(bench.acts).toEqual(['read']);
  });
});

describe('a plan that adds a route which is to end with us', () => {
  it('has its end set first: the route never stands without it', async () => {
    bench.leased = [wanted];

    expect(await bench.sync(0)).toMatchObject({ result: 'ok' });
    expect(bench.acts).toEqual(['read', 'lease 192.0.2.10/32', 'apply', 'read']);
  });

  it('is not carried out when its end cannot be set', async () => {
    bench.leased = [wanted];
    bench.takesLeases = false;

    expect(await bench.sync(0)).toMatchObject({
      result: 'failed',
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
    });
    expect(bench.acts).toEqual(['read', 'lease 192.0.2.10/32']);
  });

  it('costs nothing more where no route is to end with us', async () => {
    await bench.sync(0);

    expect(bench.acts).toEqual(['read', 'apply', 'read']);
  });
});
