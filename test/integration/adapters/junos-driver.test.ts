import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoutePlan } from '../../../src/core/route-plan.ts';
import { DetourError } from '../../../src/lib/errors.ts';
import type { RouteDriver, UnconfirmedChange } from '../../../src/ports/route-driver.ts';
import { JunosDevice, type JunosDeviceOptions } from '../../simulators/junos/junos-device.ts';
import { type DriverBench, openBench } from '../../simulators/support/bench.ts';
import { until } from '../../support/until.ts';

const route = { prefix: '192.168.80.10/32', nextHop: '10.10.4.10' };
const addRoute: RoutePlan = { add: [route], remove: [], unchanged: [] };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

const readme = readFileSync(
  path.join(import.meta.dirname, '../../../src/adapters/routers/junos/README.md'),
  'utf8',
);

/** The pattern of a line in the class that the readme tells people to paste. */
function classPattern(line: string, at = 0): RegExp {
  const text = readme.split('\n').find((one) => one.includes(` class detour ${line} `)) ?? '';
  const pattern = [...text.matchAll(/"([^"]+)"/g)][at]?.[1];
  if (pattern === undefined) {
    throw new Error(`the readme has no ${line}`);
  }
  return new RegExp(pattern);
}

/** True when the class of the readme lets this line through: pipes and `run` are none of its business. */
function fitsClass(line: string): boolean {
  const command = line.replace(/^run /, '').replace(/ \|.*$/, '');
  const statement = /^(?:set|delete) (routing-options .*)$/.exec(command)?.[1];
  return statement === undefined
    ? classPattern('allow-commands').test(command)
    : [0, 1].some((at) => classPattern('allow-configuration-regexps', at).test(`${statement} `));
}

async function refusal(act: Promise<unknown>): Promise<DetourError> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DetourError)) {
    throw new Error('was not refused', { cause: error });
  }
  return error;
}

interface Way {
  readonly name: string;
  readonly device: JunosDeviceOptions;
  readonly protocol: 'cli' | 'netconf';
  /** What one way calls the steps of a change. */
  readonly lock: string;
  readonly commit: RegExp;
  readonly edit: RegExp;
}

const ways: readonly Way[] = [
  {
    name: 'its command line',
    device: {},
    protocol: 'cli',
    lock: 'configure exclusive',
    commit: /^commit confirmed/,
    edit: /^set routing-options/,
  },
  {
    name: 'NETCONF',
    device: { netconf: '1.0' },
    protocol: 'netconf',
    lock: 'lock',
    commit: /^commit$/,
    edit: /^edit-config$/,
  },
];

describe.each(ways)('the junos driver by $name', ({ device: kind, protocol, ...way }) => {
  let device: JunosDevice;
  let bench: DriverBench;
  let driver: RouteDriver;

  beforeEach(async () => {
    device = new JunosDevice(kind);
    bench = await openBench(device, { driver: 'junos', options: { protocol } });
    driver = bench.driver;
  });

  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
    if (protocol === 'cli') {
      // The account's class is the whole of what is ever sent.
      expect(device.received.filter((line) => !fitsClass(line))).toEqual([]);
    }
  });

  const applyForNow = async (): Promise<UnconfirmedChange> => {
    const change = await driver.applyUnconfirmed?.(addRoute, 40_000, soon());
    if (change === undefined) {
      throw new Error('applied for good');
    }
    return change;
  };

  const commits = (): readonly string[] =>
    device.received.filter((line) => /^commit/.test(line) && line !== 'commit check');

  it('commits so that the device goes back by itself, and keeps what is confirmed in time', async () => {
    const change = await applyForNow();
    const wasPending = device.isChangePending;
    await change.confirm(soon());

    expect(change.undoAfterMs).toBe(60_000);
    expect(wasPending).toBe(true);
    expect(device.isChangePending).toBe(false);
    expect(device.hostRoutes()).toMatchObject([route]);
  });

  it('is told the truth by a device that was first', async () => {
    const change = await applyForNow();
    device.store.revert();

    const error = await refusal(change.confirm(soon()));

    expect(error.code).toBe('DETOUR_ROUTER_CHANGE_UNDONE');
    await expect(change.cancel(soon())).resolves.toBeUndefined();
  });

  it('neither confirms nor takes back a commit that another made after its own went back', async () => {
    const change = await applyForNow();
    device.store.revert();
    device.store.candidate = [{ prefix: '192.0.2.7/32', nextHops: ['10.10.4.20'] }];
    device.store.commit({ user: 'kim', client: 'cli', minutes: 60 });

    const error = await refusal(change.confirm(soon()));
    await change.cancel(soon());

    expect(error.code).toBe('DETOUR_ROUTER_CHANGE_UNDONE');
    expect(device.isChangePending).toBe(true);
    device.restart();
  });

  it('never commits what another has left in the candidate, and says whose it is', async () => {
    device.faults.dirtiedBy = 'kim';

    const error = await refusal(applyForNow());

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    expect(error.message).toContain('kim');
    expect(error.detail).toContain('configuration database modified');
    expect(commits()).toEqual([]);
    expect(device.received).not.toContain('discard-changes');
  });

  it('waits a moment for a lock, and then names its holder', async () => {
    device.faults.lockedBy = 'lee';

    const error = await refusal(applyForNow());

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    expect(error.message).toContain('lee');
    expect(device.received.filter((line) => line === way.lock)).toHaveLength(3);
  });

  it('leaves a clean candidate behind a refusal, and nothing of the change in effect', async () => {
    device.faults.refuses = {
      line: way.edit,
      words: protocol === 'cli' ? 'error: permission denied\n' : 'permission denied',
    };

    const error = await refusal(applyForNow());

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_COMMAND_REJECTED' });
    expect(error.detail).toContain('permission denied');
    expect(device.store.isModified).toBe(false);
    expect(device.store.lock).toBeUndefined();
    expect(device.hostRoutes()).toEqual([]);
  });

  it('commits nothing that does not pass the check', async () => {
    const strict = new JunosDevice({ ...kind, checkFails: 'next-hop is a local address' });
    await using other = await openBench(strict, { driver: 'junos', options: { protocol } });

    const error = await refusal(other.driver.apply(addRoute, soon()));

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_COMMAND_REJECTED' });
    expect(strict.hostRoutes()).toEqual([]);
    expect(strict.store.isModified).toBe(false);
  });

  it('does not take a commit for lasting when the device hides that it waits', async () => {
    const mute = new JunosDevice({ ...kind, isHistoryMute: true });
    await using other = await openBench(mute, { driver: 'junos', options: { protocol } });

    const error = await refusal(
      other.driver.applyUnconfirmed?.(addRoute, 40_000, soon()) ?? Promise.resolve(),
    );

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_ANSWER_UNREADABLE', retryable: true });
    mute.restart();
  });

  it('neither commits over a commit that waits to be confirmed, nor confirms it', async () => {
    device.store.commit({ user: 'kim', client: 'cli', minutes: 60 });

    const error = await refusal(driver.apply(addRoute, soon()));

    expect(error).toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    expect(error.message).toContain('kim');
    expect(device.isChangePending).toBe(true);
    expect(commits()).toEqual([]);
    device.restart();
  });

  it.each([true, false])(
    'ends where it began when the connection is cut at the commit (carried out: %s)',
    async (isApplied) => {
      device.faults.dropsAt = { line: way.commit, isApplied };

      const error = await refusal(applyForNow());

      expect(error.retryable).toBe(true);
      await until('the session to be gone', () => device.store.lock === undefined);
      device.store.revert();
      expect(device.store.isModified).toBe(false);
      expect(device.hostRoutes()).toEqual([]);
    },
  );

  it('takes a route to which a person has added something for theirs', async () => {
    const hops = [route.nextHop, '10.10.4.20'];
    device.store.byHand(() => [{ prefix: route.prefix, nextHops: hops, tag: 6310 }]);

    const { owned, foreign } = await driver.read(soon());

    expect(owned).toEqual([]);
    expect(foreign).toEqual(hops.map((nextHop) => ({ ...route, nextHop })));
  });

  it('never calls a route installed that the device does not forward by', async () => {
    device.faults.isNotInstalled = true;
    await driver.apply(addRoute, soon());

    const { owned } = await driver.read(soon());

    expect(owned).toEqual([{ ...route, isInstalled: false }]);
  });
});

describe('the junos driver on a difficult terminal', () => {
  it.each([
    ['a pager that does not listen', { isPagerStubborn: true }],
    ['colours and log messages', { isNoisy: true }],
    ['a prompt inside an output', { isPromptInOutput: true }],
    ['a long message of the day', { motd: `${'Authorized use only.\n'.repeat(2_000)}` }],
  ])('carries a change through %s', async (_, faults) => {
    const device = new JunosDevice({ engine: '{master:0}', faults });
    await using bench = await openBench(device, { driver: 'junos' });

    await bench.driver.apply(addRoute, soon());
    const { owned } = await bench.driver.read(soon());

    expect(owned).toEqual([{ ...route, isInstalled: true }]);
  });
});

describe('the junos driver by NETCONF 1.1', () => {
  it('confirms by its id a commit whose session was lost', async () => {
    const device = new JunosDevice({ netconf: '1.1' });
    await using bench = await openBench(device, {
      driver: 'junos',
      options: { protocol: 'netconf' },
    });
    const change = await bench.driver.applyUnconfirmed?.(addRoute, 40_000, soon());
    device.faults.dropsAt = { line: /^get-config$/, isApplied: false };
    await refusal(bench.driver.read(soon()));
    delete device.faults.dropsAt;

    await change?.confirm(soon());

    expect(bench.server.logins()).toBe(2);
    expect(device.isChangePending).toBe(false);
    expect(device.hostRoutes()).toMatchObject([route]);
  });
});
