import { describe, expect, it } from 'vitest';
import { RouterRunner } from '../../../src/controller/router-runner.ts';
import { RunnerGuard } from '../../../src/controller/runner-guard.ts';
import { defaultGuards } from '../../../src/core/guards.ts';
import type { Route } from '../../../src/core/route-plan.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { sampleSite } from '../../fakes/sample-site.ts';

const wanted: Route = { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' };
const spec = { name: 'edge-1', nextHop: { ipv4: wanted.nextHop }, estate: ['192.0.2.0/24'] };

interface Bench {
  readonly runner: RouterRunner;
  /** What the device was asked to do, in order. */
  readonly acts: string[];
  /** The lease is lost once this many acts were done. */
  leaseEndsAfter: number;
  /** What the device does with a plan. */
  takes: boolean;
  confirmFails: DetourError | undefined;
  /** The device holds an unconfirmed change that this runner knows nothing of. */
  isLeftPending: boolean;
  /** Called before the device answers its n-th reading. */
  onRead: (count: number) => void;
  readonly clock: ManualClock;
  /** What the device tells of terms, and the term in which this controller leads. */
  deviceTerm: number | undefined;
  ownTerm: number | undefined;
}

/** A runner on a device that can undo by itself. */
function openBench(): Bench {
  const clock = new ManualClock();
  const acts: string[] = [];
  let routes: readonly Route[] = [];
  const driver: RouteDriver = {
    async read() {
      acts.push('read');
      bench.onRead(acts.filter((act) => act === 'read').length);
      return {
        owned: routes.map((route) => ({ ...route, isInstalled: true })),
        foreign: [],
        ...(bench.deviceTerm === undefined ? {} : { term: bench.deviceTerm }),
        ...(bench.isLeftPending ? { isUnconfirmed: true } : {}),
      };
    },
    async apply() {
      acts.push('apply');
    },
    async applyUnconfirmed({ add, term, generation }, undoAfterMs) {
      const signed = term === undefined ? '' : ` in term ${term} by decision ${generation}`;
      acts.push(`apply for ${undoAfterMs / 1000} s${signed}`);
      routes = bench.takes ? add : [];
      return {
        undoAfterMs,
        async confirm() {
          acts.push('confirm');
          if (bench.confirmFails !== undefined) {
            throw bench.confirmFails;
          }
        },
        async cancel() {
          acts.push('cancel');
          routes = [];
        },
      };
    },
    lines: ({ add, remove }) => [
      ...remove.map(({ prefix }) => `no ${prefix}`),
      ...add.map(({ prefix }) => prefix),
    ],
    async [Symbol.asyncDispose]() {
      acts.push('close');
    },
  };
  const runner = new RouterRunner('edge-1', {
    spec: () => spec,
    driver,
    clock,
    guard: new RunnerGuard({
      isIsolated: () => false,
      sites: () => ({ home: sampleSite('home', { addresses: ['192.0.2.10'] }) }),
      guards: () => defaultGuards,
      monotonicMs: () => clock.monotonicMs(),
    }),
    mayAct: () => acts.length < bench.leaseEndsAfter,
    isStillWanted: () => true,
    term: () => bench.ownTerm,
    metrics: openControlMetrics(),
    log: silentLog,
  });
  const bench: Bench = {
    runner,
    acts,
    leaseEndsAfter: 100,
    takes: true,
    confirmFails: undefined,
    isLeftPending: false,
    onRead: () => undefined,
    clock,
    deviceTerm: undefined,
    ownTerm: undefined,
  };
  return bench;
}

const sync = {
  type: 'sync-routes',
  id: 'c1',
  router: 'edge-1',
  desired: [wanted],
  ledger: [wanted.prefix],
  isOrdered: false,
  activeLimit: 10,
  decidedAt: Date.UTC(2026, 0, 1),
  notBefore: 0,
} as const;

describe('the router runner, on a device that can undo by itself', () => {
  it('leaves added routes unconfirmed until somebody has proven them', async () => {
    const { runner, acts } = openBench();

    const outcome = await runner.sync(sync);

    expect(outcome).toMatchObject({
      result: 'ok',
      isUnconfirmed: true,
      reading: { owned: [wanted] },
    });
    expect(acts).toEqual(['read', 'apply for 40 s', 'read']);
  });

  it('confirms what was proven and reads it once more', async () => {
    const { runner, acts } = openBench();
    await runner.sync(sync);

    const outcome = await runner.endChange('confirm');

    expect(outcome).toMatchObject({ result: 'ok', reading: { owned: [wanted] } });
    expect(acts.slice(3)).toEqual(['confirm', 'read']);
  });

  it('cancels what was not proven, and the routes are gone', async () => {
    const { runner, acts } = openBench();
    await runner.sync(sync);

    const outcome = await runner.endChange('cancel');

    expect(outcome).toMatchObject({ result: 'ok', reading: { owned: [] } });
    expect(acts.slice(3)).toEqual(['cancel', 'read']);
  });

  it('confirms a removal as soon as it has read it back', async () => {
    const { runner, acts } = openBench();
    await runner.sync(sync);
    await runner.endChange('confirm');

    const outcome = await runner.sync({ ...sync, desired: [] });

    expect(outcome).toMatchObject({ result: 'ok', reading: { owned: [] } });
    expect(outcome).not.toHaveProperty('isUnconfirmed');
    expect(acts.slice(5)).toEqual(['read', 'apply for 40 s', 'read', 'confirm']);
  });

  it('changes nothing more while a change waits for its proof', async () => {
    const { runner, acts } = openBench();
    await runner.sync(sync);

    const outcome = await runner.sync({ ...sync, desired: [] });

    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_ROUTER_LOCKED' });
    expect(acts).toHaveLength(3);
  });

  it('writes nothing when the lease went before the proof: the device undoes', async () => {
    const bench = openBench();
    await bench.runner.sync(sync);
    bench.leaseEndsAfter = 3;

    const outcome = await bench.runner.endChange('confirm');

    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_NOT_LEADER' });
    expect(bench.acts).toHaveLength(3);
  });

  it('has nothing to confirm once the time of the device is over', async () => {
    const bench = openBench();
    await bench.runner.sync(sync);
    bench.clock.advance(41_000);

    const outcome = await bench.runner.endChange('confirm');

    expect(outcome).toMatchObject({ result: 'failed', code: 'DETOUR_ROUTER_CHANGE_UNDONE' });
  });

  it('believes nothing that a device shows under a change which no living controller holds', async () => {
    const bench = openBench();
    bench.isLeftPending = true;

    const outcome = await bench.runner.sync(sync);

    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_ROUTER_LOCKED' });
    await expect(bench.runner.read()).rejects.toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    expect(bench.acts).toEqual(['read', 'read']);
  });

  it('takes back at once what the device does not show', async () => {
    const bench = openBench();
    bench.takes = false;

    const outcome = await bench.runner.sync(sync);

    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_ROUTER_NOT_INSTALLED' });
    expect(bench.acts).toEqual(['read', 'apply for 40 s', 'read', 'cancel']);
  });

  it('does not call refused what was confirmed and cannot be read any more', async () => {
    const bench = openBench();
    await bench.runner.sync(sync);
    bench.onRead = (): never => {
      throw new DetourError('no entry', { code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
    };

    const outcome = await bench.runner.endChange('confirm');

    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
    expect(bench.acts).toEqual(['read', 'apply for 40 s', 'read', 'confirm', 'read']);
  });

  it('cancels nothing when the lease went while it read back: the device undoes', async () => {
    const bench = openBench();
    bench.leaseEndsAfter = 3;
    bench.takes = false;

    const outcome = await bench.runner.sync(sync);

    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_ROUTER_NOT_INSTALLED' });
    expect(bench.acts).toEqual(['read', 'apply for 40 s', 'read']);
  });

  it('does not call done what the device had taken back before it was confirmed', async () => {
    const bench = openBench();
    bench.confirmFails = new DetourError('gone', { code: 'DETOUR_ROUTER_CHANGE_UNDONE' });

    await bench.runner.sync(sync);

    const outcome = await bench.runner.endChange('confirm');

    expect(outcome).toMatchObject({ result: 'failed', code: 'DETOUR_ROUTER_CHANGE_UNDONE' });
  });

  it('reads before it confirms when it stood still since the change', async () => {
    const { runner, acts } = openBench();
    await runner.sync(sync);

    runner.giveUp();
    await runner.endChange('confirm');

    expect(acts.slice(3)).toEqual(['read', 'confirm', 'read']);
  });

  it('gives up what is under way when it stood still, and takes nothing back before it has read', async () => {
    const bench = openBench();
    bench.onRead = (count): void => {
      if (count === 2) {
        bench.runner.giveUp();
      }
    };

    const outcome = await bench.runner.sync(sync);

    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_STOOD_STILL' });
    expect(bench.acts).toEqual(['read', 'apply for 40 s', 'read', 'read', 'cancel']);
  });

  it('signs its plan with the term in which it leads and the number of the decision', async () => {
    const bench = openBench();
    bench.ownTerm = 7;
    bench.deviceTerm = 7;

    await bench.runner.sync(sync);

    expect(bench.acts).toEqual(['read', 'apply for 40 s in term 7 by decision 1', 'read']);
  });

  it('writes nothing to a device that a controller of a newer term has written to', async () => {
    const bench = openBench();
    bench.ownTerm = 7;
    bench.deviceTerm = 8;

    const outcome = await bench.runner.sync(sync);

    expect(outcome).toMatchObject({ result: 'failed', code: 'DETOUR_FENCED' });
    expect(bench.acts).toEqual(['read']);
  });
});
