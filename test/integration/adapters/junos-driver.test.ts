import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allowedLines } from '../../../src/adapters/routers/junos/commands.ts';
import type { RoutePlan } from '../../../src/core/route-plan.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../src/ports/route-driver.ts';
import { JunosDevice } from '../../simulators/junos/junos-device.ts';
import { type DriverBench, openBench } from '../../simulators/support/bench.ts';
import { until } from '../../support/until.ts';

const route = { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' };
const addRoute: RoutePlan = { add: [route], remove: [], unchanged: [] };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

describe('the junos driver', () => {
  let device: JunosDevice;
  let bench: DriverBench;
  let driver: RouteDriver;

  beforeEach(async () => {
    device = new JunosDevice({ minuteMs: 1_500 });
    bench = await openBench(device, { driver: 'junos' });
    driver = bench.driver;
  });

  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
    // The account's list is the whole of what is ever sent.
    expect(device.received.filter((line) => !allowedLines.some((one) => one.test(line)))).toEqual(
      [],
    );
  });

  const applyForNow = async (): Promise<UnconfirmedChange> => {
    const change = await driver.applyUnconfirmed?.(addRoute, 40_000, soon());
    if (change === undefined) {
      throw new Error('applied for good');
    }
    return change;
  };

  const refusal = async (act: Promise<unknown>): Promise<DetourError> => {
    const error = await act.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof DetourError)) {
      throw new Error('was not refused');
    }
    return error;
  };

  it('commits so that the device goes back by itself, and keeps what is confirmed in time', async () => {
    const change = await applyForNow();
    await change.confirm(soon());

    expect(change.undoAfterMs).toBe(60_000);
    expect(device.isChangePending).toBe(false);
    expect(device.received).toContain('commit confirmed 1');
    expect(device.hostRoutes()).toMatchObject([route]);
  });

  it('is told the truth by a device that was first', async () => {
    const change = await applyForNow();
    await until('the device to go back', () => device.hostRoutes().length === 0);

    const error = await refusal(change.confirm(soon()));

    expect(error.code).toBe('DETOUR_ROUTER_CHANGE_UNDONE');
  });

  it('never commits what another has left in the candidate, and says whose it is', async () => {
    device.faults.dirtiedBy = 'kim';

    const error = await refusal(applyForNow());

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    expect(error.message).toContain('kim');
    expect(error.detail).toContain('configuration database modified');
    expect(device.received.filter((line) => line.startsWith('commit'))).toEqual([]);
  });

  it('waits a moment for a lock, and then names its holder', async () => {
    device.faults.lockedBy = 'lee';

    const error = await refusal(applyForNow());

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    expect(error.message).toContain('lee');
    expect(device.received.filter((line) => line === 'configure exclusive')).toHaveLength(3);
  });

  it('leaves a clean candidate behind a refusal, and nothing of the change in effect', async () => {
    device.faults.refuses = { line: /tag/, words: 'error: permission denied\n' };

    const error = await refusal(applyForNow());

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_COMMAND_REJECTED' });
    expect(device.isCandidateClean).toBe(true);
    expect(device.hostRoutes()).toEqual([]);
  });

  it('neither commits over a commit that waits to be confirmed, nor confirms it', async () => {
    const slow = new JunosDevice();
    await using other = await openBench(slow, { driver: 'junos' });
    await other.driver.applyUnconfirmed?.(addRoute, 40_000, soon());

    const error = await refusal(
      other.driver.apply({ ...addRoute, add: [{ ...route, prefix: '192.0.2.11/32' }] }, soon()),
    );

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    expect(slow.isChangePending).toBe(true);
    expect(slow.hostRoutes()).toMatchObject([route]);
    slow.restart();
  });

  it('goes back when the connection is cut in the middle of the commit', async () => {
    device.faults.dropsAt = { line: /^commit confirmed/, isApplied: true };

    const error = await refusal(applyForNow());

    expect(error.retryable).toBe(true);
    await until('the device to go back', () => device.hostRoutes().length === 0);
    expect(device.isCandidateClean).toBe(true);
  });

  it('takes a route to which a person has added something for theirs', async () => {
    device.active = [
      { prefix: route.prefix, nextHops: [route.nextHop, '198.51.100.3'], tag: '6310' },
    ];

    const { owned, foreign } = await driver.read(soon());

    expect(owned).toEqual([]);
    expect(foreign).toEqual([route, { ...route, nextHop: '198.51.100.3' }]);
  });
});
