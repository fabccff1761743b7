import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/core/route-plan.ts';
import type { SshServerOptions } from '../../simulators/support/ssh-server.ts';
import { until } from '../../support/until.ts';
import { type Phase, type RouterFault, routerFaults } from './faults.ts';
import { FaultStage, type FaultTarget, patienceMs, route, type Synced } from './stage.ts';

/** No fault may leave anybody in doubt for longer. */
const limitMs = 90_000;

/** Every fault in both directions of one driver: never a false word, nothing sent beside the list, an end in time. */
export function routerFaultMatrix(target: FaultTarget): void {
  describe.concurrent(`${target.name}, while it goes wrong`, () => {
    for (const phase of ['divert', 'restore'] as const) {
      for (const fault of routerFaults) {
        if (isMeant(fault, phase, target)) {
          it(`${fault.name}: a ${phase} ends in the truth`, () => playFault(target, fault, phase));
        }
      }
    }
    if (target.transport !== 'telnet') {
      it('weak algorithm: nothing is said to the device', () => meetOldDevice(target));
    }
    it('human deletes it: the next reading shows it', () => deleteByHand(target));
    it('reboot with rollback: the next reading shows what is left', () => restartUnsaved(target));
    if (target.goesBack === true) {
      it('reboot with rollback: a change that went back is not confirmed', () =>
        goBackUnconfirmed(target));
    }
    if (target.savingOptions !== undefined) {
      it('saved configuration brings it back: it is seen and taken away', () =>
        restartIntoSaved(target));
    }
  });
}

const isMeant = ({ appliesTo, phases }: RouterFault, phase: Phase, target: FaultTarget): boolean =>
  (appliesTo?.(target) ?? true) && (phases?.includes(phase) ?? true);

async function playFault(target: FaultTarget, fault: RouterFault, phase: Phase): Promise<void> {
  await using stage = await FaultStage.open(target);
  const [before, desired] = phase === 'divert' ? [[], [route]] : [[route], []];
  if (phase === 'restore') {
    expect(await stage.sync([route])).toMatchObject({ outcome: { result: 'ok' } });
  }
  await stage.reopen(fault.stage);
  await fault.begin?.(stage);
  stage.mark();
  const { isStuck } = fault;

  const synced = await stage.sync(
    desired,
    isStuck === undefined ? undefined : (): boolean => isStuck(stage),
  );

  expectHonest(stage, fault, { ...synced, desired });
  await fault.end?.(stage);
  for (const key of Object.keys(stage.device.faults)) {
    Reflect.deleteProperty(stage.device.faults, key);
  }
  await expectKnown(stage, { ...synced, before, desired });
  expect(stage.strayLines()).toEqual([]);
}

/** What is called done is done, and anything else says in time which of the two it is: refused, or unknown. */
function expectHonest(
  stage: FaultStage,
  fault: RouterFault,
  { outcome, tookMs, desired }: Synced & { readonly desired: readonly Route[] },
): void {
  expect(tookMs).toBeLessThanOrEqual(limitMs);
  if (fault.hearsNothing === true) {
    expect(stage.heard).toEqual([]);
  }
  expect(fault.ends).toContain(outcome.result);
  if (outcome.result !== 'ok') {
    expect(fault.codes).toContain(outcome.code);
    return;
  }
  const isInstalled = stage.device.faults.isNotInstalled !== true;
  expect(outcome.reading?.owned).toEqual(desired.map((one) => ({ ...one, isInstalled })));
  if (isInstalled) {
    expect(stage.truth()).toEqual(desired);
  }
}

/** Once the device can be spoken to again, a reading tells what stands, and the same plan does the rest. */
async function expectKnown(
  stage: FaultStage,
  {
    outcome,
    before,
    desired,
  }: Synced & { readonly before: readonly Route[]; readonly desired: readonly Route[] },
): Promise<void> {
  await stage.reopen();
  if (stage.device.isChangePending) {
    await expect(stage.read()).rejects.toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    stage.device.goBack();
  }
  const { owned, foreign } = await stage.read();
  const ours = stage.truth().filter(({ nextHop }) => nextHop === route.nextHop);
  expect(owned.map(bare)).toEqual(ours);
  expect([before, desired]).toContainEqual(ours);
  if (outcome.result === 'failed') {
    expect(ours).toEqual(before);
  }
  if (foreign.length > 0) {
    return;
  }
  // A session that hung may hold its lock for a moment longer.
  await until(
    'the plan to be carried out',
    async () => {
      const again = await stage.sync(desired);
      return again.outcome.result === 'ok';
    },
    { timeoutMs: patienceMs },
  );
  expect(stage.truth()).toEqual(desired);
}

async function meetOldDevice(target: FaultTarget): Promise<void> {
  const server = { algorithms: onlyOld, hostKeyType: 'rsa' } as const;
  await using stage = await FaultStage.open(target, { server });

  const refused = await stage.sync([route]);
  const heard = stage.heard;
  await stage.reopen({ algorithms: 'legacy-2012' });
  const allowed = await stage.sync([route]);

  expect(refused.outcome).toMatchObject({
    result: 'failed',
    code: 'DETOUR_TRANSPORT_CONNECT_FAILED',
  });
  expect(heard).toEqual([]);
  expect(allowed.outcome.result).toBe('ok');
  expect(stage.truth()).toEqual([route]);
}

async function deleteByHand(target: FaultTarget): Promise<void> {
  await using stage = await FaultStage.open(target);
  await stage.sync([route]);

  stage.device.removeByHand(route);

  expect(await stage.read()).toMatchObject({ owned: [] });
}

async function restartUnsaved(target: FaultTarget): Promise<void> {
  await using stage = await FaultStage.open(target);
  await stage.sync([route]);

  stage.device.restart();
  await stage.reopen();
  const { owned } = await stage.read();

  // Where a commit is saved at once, there is nothing to lose.
  expect(stage.truth()).toEqual(target.savingOptions === undefined ? [route] : []);
  expect(owned.map(bare)).toEqual(stage.truth());
}

async function goBackUnconfirmed(target: FaultTarget): Promise<void> {
  await using stage = await FaultStage.open(target);
  const outcome = await stage.syncUnproven([route]);

  stage.device.goBack();
  const confirmed = await stage.confirm();

  expect(outcome).toMatchObject({ result: 'ok', isUnconfirmed: true });
  expect(confirmed).toMatchObject({ result: 'failed', code: 'DETOUR_ROUTER_CHANGE_UNDONE' });
  expect(await stage.read()).toMatchObject({ owned: [] });
  expect(stage.strayLines()).toEqual([]);
}

async function restartIntoSaved(target: FaultTarget): Promise<void> {
  await using stage = await FaultStage.open(target, { isSaving: true });
  await stage.sync([route]);
  await stage.reopen();
  const restored = await stage.sync([]);

  stage.device.restart();
  await stage.reopen();
  const { owned } = await stage.read();
  const again = await stage.sync([]);

  expect(restored.outcome.result).toBe('ok');
  expect(owned.map(bare)).toEqual([route]);
  expect(again.outcome.result).toBe('ok');
  expect(stage.truth()).toEqual([]);
}

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });

/** What a switch of 2010 offers. */
const onlyOld: SshServerOptions['algorithms'] = {
  kex: ['diffie-hellman-group14-sha1'],
  serverHostKey: ['ssh-rsa'],
  cipher: ['aes128-cbc'],
  hmac: ['hmac-sha1'],
};
