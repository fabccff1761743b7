import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allowedLines } from '../../../src/adapters/routers/eos/commands.ts';
import type { RoutePlan } from '../../../src/core/route-plan.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../src/ports/route-driver.ts';
import { EosDevice } from '../../simulators/eos/eos-device.ts';
import { type DriverBench, openBench } from '../../simulators/support/bench.ts';
import { until } from '../../support/until.ts';

const route = { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' };
const addRoute: RoutePlan = { add: [route], remove: [], unchanged: [] };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

describe('the eos driver', () => {
  let device: EosDevice;
  let bench: DriverBench;
  let driver: RouteDriver;

  beforeEach(async () => {
    device = new EosDevice({ secondMs: 30 });
    bench = await openBench(device, { driver: 'eos', options: { writeMemory: true } });
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

  it('commits with a timer, and saves only what was confirmed', async () => {
    const change = await applyForNow();
    const isSavedEarly = device.received.includes('write memory');
    await change.confirm(soon());
    device.restart();

    expect(isSavedEarly).toBe(false);
    expect(device.received).toContain('commit timer 00:00:40');
    expect(device.hostRoutes()).toMatchObject([route]);
  });

  it('is told the truth by a device that was first', async () => {
    const change = await applyForNow();
    await until('the device to go back', () => device.hostRoutes().length === 0);

    const error = await refusal(change.confirm(soon()));

    expect(error.code).toBe('DETOUR_ROUTER_CHANGE_UNDONE');
    await expect(change.cancel(soon())).resolves.toBeUndefined();
  });

  it('abandons its session when a line is refused, and nothing of it is in effect', async () => {
    device.faults.refuses = { line: /^ip route/, words: '% Authorization denied for command\n' };

    const error = await refusal(applyForNow());

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_COMMAND_REJECTED' });
    expect(device.received.at(-1)).toBe('abort');
    expect(device.hostRoutes()).toEqual([]);
  });

  it('names who has locked the configuration', async () => {
    device.faults.lockedBy = 'lee';

    const error = await refusal(applyForNow());

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    expect(error.message).toContain('lee');
  });

  it('goes back when the connection is cut in the middle of the commit', async () => {
    device.faults.dropsAt = { line: /^commit timer/, isApplied: true };

    const error = await refusal(applyForNow());

    expect(error.retryable).toBe(true);
    await until('the device to go back', () => device.hostRoutes().length === 0);
  });
});
