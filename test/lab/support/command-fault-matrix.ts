import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../../src/core/route-plan.ts';
import { type CommandFault, commandFaults, type Way } from './command-faults.ts';
import { type CommandDriver, CommandStage, route } from './fault-stage.ts';

/** No fault may leave anybody in doubt for longer. */
const limitMs = 90_000;

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });

const casesOf = (
  driver: CommandDriver,
): readonly { readonly way: Way; readonly fault: CommandFault; readonly name: string }[] =>
  (['divert', 'restore'] as const).flatMap((way) =>
    commandFaults
      .filter(({ ways, notFor }) => ways?.includes(way) !== false && !notFor?.includes(driver))
      .map((fault) => ({ way, fault, name: fault.name })),
  );

/** Every fault of one driver on a real device: never a false word, nothing sent beside the list, an end in time. */
export function commandFaultMatrix(driver: CommandDriver): void {
  describe(`the ${driver} driver on a real device that misbehaves`, () => {
    let stage: CommandStage;

    beforeAll(async () => {
      stage = await CommandStage.open(driver);
    });

    afterAll(() => stage?.[Symbol.asyncDispose]());

    afterEach(async () => {
      await stage.reach();
      expect((await stage.sync([])).outcome).toMatchObject({ result: 'ok' });
      expect(await stage.device.truth()).toEqual([]);
      expect(await stage.stray()).toEqual([]);
    });

    it.each(casesOf(driver))('$name: a $way ends in the truth', async ({ fault, way }) => {
      const [before, desired] = way === 'divert' ? [[], [route]] : [[route], []];
      await stage.sync(before);

      await playFault(stage, { fault, before, desired });

      expect(await stage.device.truth()).toEqual(desired);
    });

    it('human deletes it: the next reading shows it', async () => {
      await stage.sync([route]);

      await stage.device.deleteByHand(route);

      expect(await stage.read()).toMatchObject({ owned: [] });
    });

    it('reboot with rollback: the next reading shows what is left', async () => {
      await stage.sync([route]);

      await stage.device.restart();
      const { owned } = await stage.read();

      expect(owned.map(bare)).toEqual(await stage.device.truth());
      expect(owned.map(bare)).toEqual(savesChanges(driver) ? [route] : []);
    });

    // Nothing that ExaBGP is told waits to be confirmed.
    if (driver !== 'exabgp') {
      it('reboot with rollback: a change that went back is not confirmed', async () => {
        const outcome = await stage.syncUnproven([route]);

        await stage.device.restart();
        const confirmed = await stage.endChange('confirm');

        expect(outcome).toMatchObject({ result: 'ok', isUnconfirmed: true });
        expect(confirmed).toMatchObject({ result: 'failed', code: 'DETOUR_ROUTER_CHANGE_UNDONE' });
        expect(await stage.device.truth()).toEqual([]);
      });
    }
  });
}

/** BIRD loads its files again; the kernel forgets. */
const savesChanges = (driver: CommandDriver): boolean => driver === 'bird';

interface Play {
  readonly fault: CommandFault;
  readonly before: readonly Route[];
  readonly desired: readonly Route[];
}

/** What is called done is done, anything else says which of refused and unknown it is, and a reading then tells the truth. */
async function playFault(stage: CommandStage, { fault, before, desired }: Play): Promise<void> {
  const { device, login } = stage;
  await stage.reach(await fault.reach?.(stage));
  await login.forget();
  await login.setFault(fault.shell?.replace('CHANGE', () => device.change));
  await fault.begin?.(stage);
  const { isStuck } = fault;

  const { outcome, tookMs } = await stage.sync(
    desired,
    isStuck === undefined ? undefined : () => isStuck(stage),
  );

  expect(tookMs).toBeLessThanOrEqual(limitMs);
  expect(fault.ends, JSON.stringify(outcome)).toContain(outcome.result);
  if (outcome.result !== 'ok') {
    expect(fault.codes, JSON.stringify(outcome)).toContain(outcome.code);
  } else if (outcome.reading?.owned.every(({ isInstalled }) => isInstalled) === true) {
    expect(await device.truth()).toEqual(desired);
  }
  if (fault.hearsNothing === true) {
    expect(await login.arrived()).toEqual([]);
  }
  await fault.end?.(stage);
  await login.setFault();
  await expectKnown(stage, { isRefused: outcome.result === 'failed', before, desired });
}

async function expectKnown(
  stage: CommandStage,
  {
    isRefused,
    before,
    desired,
  }: {
    readonly isRefused: boolean;
    readonly before: readonly Route[];
    readonly desired: readonly Route[];
  },
): Promise<void> {
  const { device } = stage;
  await stage.reach();
  if (await device.isChangePending()) {
    await expect(stage.read()).rejects.toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    await device.goBack();
  }
  const owned = (await stage.read()).owned.map(bare);
  expect(owned).toEqual(await device.truth());
  expect([before, desired]).toContainEqual(owned);
  if (isRefused) {
    expect(owned).toEqual(before);
  }
  expect((await stage.sync(desired)).outcome).toMatchObject({ result: 'ok' });
}
