import { chmod } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Route } from '../../src/core/route-plan.ts';
import { until } from '../support/until.ts';
import { FaultyRouter, type Reach, route } from './support/faulty-router.ts';

let router: FaultyRouter;

beforeAll(async () => {
  router = await FaultyRouter.open();
});

afterAll(() => router?.[Symbol.asyncDispose]());

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });

describe.each(['frr', 'linux'] as const)(
  'the %s driver on a real router that misbehaves',
  (driver) => {
    beforeEach(() => router.reach(driver));

    afterEach(async () => {
      await router.reach(driver);
      expect(await router.sync([])).toMatchObject({ result: 'ok' });
      expect(await router.truth(driver)).toEqual([]);
      expect(await router.stray(driver)).toEqual([]);
    });

    /** A new login tells what stands, and the same plan does the rest. */
    const expectKnown = async (): Promise<void> => {
      await router.reach(driver);
      const { owned } = await router.read();
      expect(owned.map(bare)).toEqual(await router.truth(driver));
      expect(await router.sync([route])).toMatchObject({ result: 'ok' });
      expect(await router.truth(driver)).toEqual([route]);
    };

    const reachWith = async (reach: Reach): Promise<void> => {
      await router.reach(driver, reach);
      router.commands.length = 0;
    };

    it('refused: unknown, and nothing was said', async () => {
      await reachWith({});
      await router.wire.shut();

      const outcome = await router.sync([route]);

      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_CONNECT_FAILED' });
      await expectKnown();
    });

    it('black hole: gives up after the limit of an operation', async () => {
      await router.swallow(true);

      const outcome = await router.sync([route], () => router.wire.connections > 0);

      await router.swallow(false);
      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_TIMEOUT' });
      await expectKnown();
    });

    it('host key changed: nothing leaves the controller', async () => {
      await reachWith({ pin: `SHA256:${'A'.repeat(43)}` });

      const outcome = await router.sync([route]);

      expect(outcome).toMatchObject({
        result: 'failed',
        code: 'DETOUR_TRANSPORT_HOST_KEY_MISMATCH',
      });
      expect(await router.truth(driver)).toEqual([]);
    });

    it('login refused: the router is not changed', async () => {
      await reachWith({ privateKeyFile: await router.strangersKey() });

      const outcome = await router.sync([route]);

      expect(outcome).toMatchObject({ result: 'failed', code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
      expect(await router.truth(driver)).toEqual([]);
    });

    it('cut before the change took effect: unknown, and the reading finds nothing', async () => {
      await reachWith({
        onCommand: (command) => router.isChange(driver, command) && router.wire.cut(),
      });

      const outcome = await router.sync([route]);

      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_LOST' });
      expect(await router.truth(driver)).toEqual([]);
      await expectKnown();
    });

    it('cut after the change took effect: unknown, and the reading finds it', async () => {
      await reachWith({
        // The channel opens and the command is taken; what comes of it is not heard any more.
        onCommand: (command) =>
          router.isChange(driver, command) && router.wire.hold(driver === 'frr' ? 1 : 2),
      });
      const syncing = router.sync([route]);
      await until('the change to stand', async () => (await router.truth(driver)).length === 1, {
        timeoutMs: 40_000,
      });
      router.wire.cut();

      const outcome = await syncing;

      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_LOST' });
      await expectKnown();
    });

    it('hangs at the commit: unknown after the limit of an operation', async () => {
      let isAsked = false;
      await reachWith({
        onCommand: (command) => {
          if (router.isChange(driver, command)) {
            isAsked = true;
            router.wire.hold();
          }
        },
      });

      const outcome = await router.sync([route], () => isAsked);

      expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_TIMEOUT' });
      await expectKnown();
    });

    it('human deletes it: the next reading shows it', async () => {
      await router.sync([route]);
      await (driver === 'frr'
        ? router.frr.configure(`no ip route ${route.prefix} ${route.nextHop} tag 6310 2`)
        : router.machine.run(['ip', 'route', 'del', route.prefix, 'proto', '201']));

      const { owned } = await router.read();

      expect(owned).toEqual([]);
    });
  },
);

describe('the frr driver on an FRR that misbehaves', () => {
  beforeEach(() => router.reach('frr'));

  afterEach(async () => {
    await router.reach('frr');
    expect(await router.sync([])).toMatchObject({ result: 'ok' });
    expect(await router.stray('frr')).toEqual([]);
  });

  it('staticd stands still: unknown after the limit of an operation, and known once it goes on', async () => {
    await router.read();
    router.commands.length = 0;
    router.frr.signalDaemon('staticd', 'SIGSTOP');

    const outcome = await router.sync([route], () => router.commands.length > 0);

    router.frr.signalDaemon('staticd', 'SIGCONT');
    expect(outcome).toMatchObject({ result: 'unknown', code: 'DETOUR_TRANSPORT_TIMEOUT' });
    await router.reach('frr');
    expect((await router.read()).owned.map(bare)).toEqual(await router.truth('frr'));
  });

  it('staticd dies: no reading is made of what is left, and an unsaved route is seen to be gone', async () => {
    expect(await router.sync([route])).toMatchObject({ result: 'ok' });
    await router.frr.killDaemon('staticd');
    const dead = await router.sync([route]);
    await router.frr.startDaemon('staticd');

    const { owned } = await router.read();
    const again = await router.sync([route]);

    expect(dead).toMatchObject({ result: 'unknown', code: 'DETOUR_ROUTER_ANSWER_UNREADABLE' });
    expect(owned).toEqual([]);
    expect(again).toMatchObject({ result: 'ok', reading: { owned: [{ isInstalled: true }] } });
  });

  it('saved configuration brings it back: it is seen and taken away', async () => {
    await router.sync([route]);
    await router.frr.show('write memory');
    expect(await router.sync([])).toMatchObject({ result: 'ok' });
    await router.frr.killDaemon('staticd');
    await router.frr.startDaemon('staticd');

    const { owned } = await router.read();
    const again = await router.sync([]);
    await router.frr.show('write memory');

    expect(owned.map(bare)).toEqual([route]);
    expect(again).toMatchObject({ result: 'ok', reading: { owned: [] } });
  });

  it('read-only file system: a change that could not be saved is not called done, and is in effect', async () => {
    const folder = `/etc/frr/${router.machine.namespace}`;
    await router.reach('frr', { options: { writeMemory: true } });
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
    expect(await router.truth('frr')).toEqual([route]);
  });
});
