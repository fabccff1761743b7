import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allowedLines } from '../../../src/adapters/routers/vyos/commands.ts';
import type { RoutePlan } from '../../../src/core/route-plan.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../src/ports/route-driver.ts';
import { type DriverBench, openBench } from '../../simulators/support/bench.ts';
import { VyosDevice } from '../../simulators/vyos/vyos-device.ts';

const route = { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' };
const addRoute: RoutePlan = { add: [route], remove: [], unchanged: [] };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

describe('the vyos driver', () => {
  let device: VyosDevice;
  let bench: DriverBench;
  let driver: RouteDriver;

  const open = async (options: Readonly<Record<string, unknown>>): Promise<void> => {
    await bench?.[Symbol.asyncDispose]();
    bench = await openBench(device, { driver: 'vyos', options });
    driver = bench.driver;
  };

  beforeEach(async () => {
    device = new VyosDevice();
    await open({});
  });

  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
    // The account's list is the whole of what is ever sent.
    expect(device.received.filter((line) => !allowedLines.some((one) => one.test(line)))).toEqual(
      [],
    );
  });

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

  const tryRoute = (): Promise<UnconfirmedChange | undefined> | undefined =>
    driver.applyUnconfirmed?.(addRoute, 90_000, soon());

  it.each([undefined, 'reboot'] as const)(
    'never uses a commit that would restart the router when nobody confirms it: %s',
    async (action) => {
      device.action = action;

      const change = await tryRoute();

      expect(change).toBeUndefined();
      expect(device.hostRoutes()).toMatchObject([route]);
      expect(device.received.filter((line) => line.startsWith('commit'))).toEqual(['commit']);
    },
  );

  it('changes nothing where it must have a way back and the router would restart', async () => {
    await open({ undo: 'required' });

    const unconfirmed = await refusal(tryRoute() ?? Promise.resolve());
    const lasting = await refusal(driver.apply(addRoute, soon()));

    expect(unconfirmed.code).toBe('DETOUR_ROUTER_COMMAND_REJECTED');
    expect(lasting.code).toBe('DETOUR_GUARD_REFUSED');
    expect(device.received).not.toContain('configure');
  });

  it('never uses a way back that it is told not to use', async () => {
    device.action = 'reload';
    await open({ undo: 'off' });

    expect(driver.applyUnconfirmed).toBeUndefined();
  });

  describe('on a router that goes back by itself', () => {
    beforeEach(() => {
      device.action = 'reload';
    });

    it('counts whole minutes, and leaves nothing behind when nobody confirms', async () => {
      const change = await tryRoute();
      const during = device.hostRoutes();

      device.goBack();
      const late = await refusal(change?.confirm(soon()) ?? Promise.resolve());

      expect(change?.undoAfterMs).toBe(120_000);
      expect(device.received).toContain('commit-confirm 2');
      expect(during).toMatchObject([route]);
      expect(late.code).toBe('DETOUR_ROUTER_CHANGE_UNDONE');
      expect(device.hostRoutes()).toEqual([]);
    });

    it('does not confirm the commit of somebody who came after it went back', async () => {
      const change = await tryRoute();
      device.goBack();
      device.armByHand();

      const late = await refusal(change?.confirm(soon()) ?? Promise.resolve());
      await change?.cancel(soon());

      expect(late.code).toBe('DETOUR_ROUTER_CHANGE_UNDONE');
      expect(device.received).not.toContain('confirm');
      expect(device.isChangePending).toBe(true);
    });

    it('says no when the router means to restart after all', async () => {
      device.faults.saysReboot = true;

      const error = await refusal(tryRoute() ?? Promise.resolve());

      expect(error.code).toBe('DETOUR_ROUTER_COMMAND_REJECTED');
      expect(device.isChangePending).toBe(false);
      expect(device.hostRoutes()).toEqual([]);
    });

    it('cancels by the opposite, and leaves alone what others have changed meanwhile', async () => {
      const other = { prefix: '192.0.2.66/32', nextHop: '198.51.100.3' };
      const change = await tryRoute();
      device.addForeign(other);

      await change?.cancel(soon());

      expect(device.isChangePending).toBe(false);
      expect(device.hostRoutes()).toMatchObject([other]);
      device.goBack();
      expect(device.hostRoutes()).toMatchObject([other]);
    });

    it('reads past what everybody is told while a commit waits', async () => {
      const change = await tryRoute();
      device.faults.broadcast =
        '[commit-confirm] System will reload previous config in 1 minute\nto rollback the last commit.\nConfirm your changes to cancel the reload.\n';

      const { owned, isUnconfirmed } = await driver.read(soon());
      await change?.confirm(soon());

      expect({ owned, isUnconfirmed }).toEqual({
        owned: [{ ...route, isInstalled: true }],
        isUnconfirmed: true,
      });
      expect(device.isChangePending).toBe(false);
    });

    it('saves what was confirmed, where it is told to, and not before', async () => {
      await open({ save: true });
      const change = await tryRoute();
      const before = device.received.includes('save');

      await change?.confirm(soon());
      device.restart();

      expect(before).toBe(false);
      expect(device.hostRoutes()).toMatchObject([route]);
    });
  });

  it('saves a change only where it is told to', async () => {
    await driver.apply(addRoute, soon());
    device.restart();
    const unsaved = device.hostRoutes();
    await open({ save: true });
    await driver.apply(addRoute, soon());
    device.restart();

    expect(unsaved).toEqual([]);
    expect(device.hostRoutes()).toMatchObject([route]);
  });

  it('changes nothing while a commit of somebody waits to be confirmed, and says so in its reading', async () => {
    device.isChangePending = true;

    const reading = await driver.read(soon());
    const error = await refusal(driver.apply(addRoute, soon()));

    expect(reading.isUnconfirmed).toBe(true);
    expect(error.code).toBe('DETOUR_ROUTER_LOCKED');
    expect(device.received).not.toContain('configure');
  });

  it('says that somebody else is committing, and leaves nothing in the candidate', async () => {
    device.faults.lockedBy = 'lee';

    const error = await refusal(driver.apply(addRoute, soon()));

    expect(error.code).toBe('DETOUR_ROUTER_LOCKED');
    expect(device.received.at(-1)).toBe('exit discard');
    expect(device.hostRoutes()).toEqual([]);
  });

  it('discards its candidate when a line is refused, and nothing of it is in effect', async () => {
    device.faults.refuses = {
      line: /description/,
      words: '\n  Configuration path is not valid\n  Set failed\n\n',
    };

    const error = await refusal(driver.apply(addRoute, soon()));

    expect(error.code).toBe('DETOUR_ROUTER_COMMAND_REJECTED');
    expect(device.received).not.toContain('commit');
    expect(device.received.at(-1)).toBe('exit discard');
    expect(device.hostRoutes()).toEqual([]);
  });

  it('leaves an entry alone to which a person has added a next hop', async () => {
    await driver.apply(addRoute, soon());
    device.addForeign({ ...route, nextHop: '198.51.100.3' });

    const reading = await driver.read(soon());
    const error = await refusal(driver.apply({ ...addRoute, add: [], remove: [route] }, soon()));

    expect(reading.owned).toEqual([]);
    expect(reading.foreign).toHaveLength(2);
    expect(error.code).toBe('DETOUR_GUARD_REFUSED');
  });

  it('does not call a route installed that the router does not forward by', async () => {
    device.faults.isNotInstalled = true;
    await driver.apply(addRoute, soon());

    const { owned } = await driver.read(soon());

    expect(owned).toEqual([{ ...route, isInstalled: false }]);
  });

  it('reads through colours, log messages and a pager that will not be told', async () => {
    await driver.apply(addRoute, soon());
    Object.assign(device.faults, { isNoisy: true, isPagerStubborn: true });
    await open({});

    const { owned } = await driver.read(soon());

    expect(owned).toEqual([{ ...route, isInstalled: true }]);
  });

  it('believes nothing of an answer in the middle of which a prompt stands', async () => {
    await driver.apply(addRoute, soon());
    device.faults.isPromptInOutput = true;
    await open({});

    const error = await refusal(driver.read(soon()));

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_ANSWER_UNREADABLE', retryable: true });
  });
});
