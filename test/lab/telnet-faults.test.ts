import { chmod } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allowedLines } from '../../src/adapters/routers/frr/terminal.ts';
import type { Route } from '../../src/core/route-plan.ts';
import { until } from '../support/until.ts';
import { route } from './support/faulty-router.ts';
import { TelnetStage, type TelnetWay } from './support/telnet-stage.ts';

let router: TelnetStage;

beforeAll(async () => {
  router = await TelnetStage.open();
});

afterAll(() => router?.[Symbol.asyncDispose]());

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });
const isEdit = (line: string): boolean => /^(no )?ip route /.test(line);
const hasEdited = (): boolean => router.lines.some(isEdit);

/** An empty line brings the prompt again, and no device takes it for a command. */
const stray = (): readonly string[] =>
  router.lines.filter((line) => line !== '' && !allowedLines.some((one) => one.test(line)));

/** A new login tells what stands, and the same plan does the rest. */
async function expectKnown(way: TelnetWay): Promise<void> {
  await router.reach(way);
  const { owned } = await router.read();
  expect(owned.map(bare)).toEqual(await router.truth());
  expect(await router.sync([route])).toMatchObject({ result: 'ok' });
  expect(await router.truth()).toEqual([route]);
}

/** Nothing went out beside the list, and what was left there can be taken away. */
async function expectWell(way: TelnetWay): Promise<void> {
  expect(stray()).toEqual([]);
  await router.reach(way);
  expect(await router.sync([])).toMatchObject({ result: 'ok' });
  expect(await router.truth()).toEqual([]);
}

describe.each(['telnetd', 'vty'] as const)(
  'the frr driver over telnet (%s) on a real router that misbehaves',
  (way) => {
    beforeEach(() => router.reach(way));

    afterEach(() => expectWell(way));

    it('refused: unknown, and nothing was said', async () => {
      await router.wire.shut();

      const outcome = await router.sync([route]);

      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_CONNECT_FAILED' });
      await expectKnown(way);
    });

    it('silent accept: gives up after the limit of an operation', async () => {
      router.wire.hold();

      const outcome = await router.sync([route], () => router.wire.connections > 0);

      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_TIMEOUT' });
      await expectKnown(way);
    });

    it('login refused: the router is not changed', async () => {
      await router.reach(way, { isPasswordWrong: true });

      const outcome = await router.sync([route]);

      expect(outcome).toMatchObject({ result: 'failed', code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
      expect(await router.truth()).toEqual([]);
    });

    it('cut before the change took effect: unknown, and the reading finds nothing', async () => {
      await router.reach(way, { onLine: (line) => isEdit(line) && router.wire.cut() });

      const outcome = await router.sync([route]);

      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_LOST' });
      expect(await router.truth()).toEqual([]);
      await expectKnown(way);
    });

    it('cut after the change took effect: unknown, and the reading finds it', async () => {
      await router.reach(way, { onLine: (line) => isEdit(line) && router.wire.hold() });
      const syncing = router.sync([route]);
      await until('the change to stand', async () => (await router.truth()).length === 1, {
        timeoutMs: 40_000,
      });
      router.wire.cut();

      const outcome = await syncing;

      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_LOST' });
      await expectKnown(way);
    });

    it('hangs at an edit: unknown after the limit of an operation', async () => {
      await router.reach(way, { onLine: (line) => isEdit(line) && router.wire.hold() });

      const outcome = await router.sync([route], hasEdited);

      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_TIMEOUT' });
      await expectKnown(way);
    });

    it('staticd dies: no reading is made of what is left, and an unsaved route is put back', async () => {
      expect(await router.sync([route])).toMatchObject({ result: 'ok' });
      await router.frr.killDaemon('staticd');
      const dead = await router.sync([route]);
      await router.frr.startDaemon('staticd');

      await router.reach(way);
      const { owned } = await router.read();

      expect(dead).toMatchObject({ result: 'unknown' });
      expect(owned).toEqual([]);
      await expectKnown(way);
    });

    it('read-only file system: a change that could not be saved is not called done, and is in effect', async () => {
      const folder = `/etc/frr/${router.machine.namespace}`;
      await router.reach(way, { options: { writeMemory: true } });
      await chmod(folder, 0o555);
      await chmod(`${folder}/staticd.conf`, 0o400);

      const outcome = await router.sync([route]);

      await chmod(folder, 0o775);
      await chmod(`${folder}/staticd.conf`, 0o660);
      expect(outcome).toMatchObject({
        result: 'failed',
        code: 'DETOUR_ROUTER_COMMAND_REJECTED',
        message: expect.stringContaining('in effect and not saved'),
      });
      expect(await router.truth()).toEqual([route]);
    });
  },
);

describe('the frr driver over telnet, whatever the way', () => {
  beforeEach(() => router.reach('telnetd'));

  afterEach(() => expectWell('telnetd'));

  it('foreign /32: refused before anything is sent', async () => {
    const foreign = `ip route ${route.prefix} 10.10.4.99`;
    await router.frr.configure(foreign);

    const outcome = await router.sync([route]);
    const truth = await router.frr.staticLines();
    await router.frr.configure(`no ${foreign}`);

    expect(outcome).toMatchObject({ result: 'failed', code: 'DETOUR_GUARD_REFUSED' });
    expect(hasEdited()).toBe(false);
    expect(truth).toEqual([foreign]);
  });

  it('human deletes it: the next reading shows it', async () => {
    await router.sync([route]);
    await router.frr.configure(`no ip route ${route.prefix} ${route.nextHop} tag 6310 2`);

    const { owned } = await router.read();

    expect(owned).toEqual([]);
  });

  it('staticd stands still: unknown after the limit of an operation, and known once it goes on', async () => {
    await router.reach('telnetd', {
      onLine: (line) => isEdit(line) && router.frr.signalDaemon('staticd', 'SIGSTOP'),
    });

    const outcome = await router.sync([route], hasEdited);

    router.frr.signalDaemon('staticd', 'SIGCONT');
    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_TIMEOUT' });
    await expectKnown('telnetd');
  });

  it('saved configuration brings it back: it is seen and taken away', async () => {
    await router.sync([route]);
    await router.frr.show('write memory');
    expect(await router.sync([])).toMatchObject({ result: 'ok' });
    await router.frr.killDaemon('staticd');
    await router.frr.startDaemon('staticd');

    await router.reach('telnetd');
    const { owned } = await router.read();
    const again = await router.sync([]);
    await router.frr.show('write memory');

    expect(owned.map(bare)).toEqual([route]);
    expect(again).toMatchObject({ result: 'ok', reading: { owned: [] } });
  });
});
