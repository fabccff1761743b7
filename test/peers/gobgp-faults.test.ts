import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../src/core/route-plan.ts';
import type { ErrorCode } from '../../src/lib/errors.ts';
import { mutate } from '../fakes/mutate.ts';
import { Random } from '../simulation/random.ts';
import { until } from '../support/until.ts';
import { GobgpStage, route } from './support/gobgp-stage.ts';
import type { FaultOf } from './support/grpc-proxy.ts';

/** No fault may leave anybody in doubt for longer. */
const limitMs = 90_000;

interface SpeakerFault {
  /** As the table in docs/router-faults.md names it. */
  readonly name: string;
  readonly begin?: (stage: GobgpStage) => void | Promise<void>;
  /** What the proxy makes of a call. */
  readonly faultOf?: FaultOf;
  readonly end?: (stage: GobgpStage) => void;
  readonly isStuck?: (stage: GobgpStage) => boolean;
  readonly ends: readonly ('ok' | 'failed' | 'unknown')[];
  readonly codes: readonly ErrorCode[];
}

const isChange = (method: string): boolean => method === 'AddPath' || method === 'DeletePath';
const changeHasArrived = ({ proxy }: GobgpStage): boolean => proxy.calls.some(isChange);
const atChange =
  (fault: NonNullable<ReturnType<FaultOf>>): FaultOf =>
  (method) =>
    isChange(method) ? fault : undefined;

/** Bytes and not text: what flips is a number, a length, or the kind of a field. */
function spoiled(seed: number): FaultOf {
  const random = new Random(seed);
  const spoil = (message: Buffer): Buffer =>
    Buffer.from(mutate(message.toString('latin1'), random), 'latin1');
  return () => ({ spoil });
}

/** A request that names no path: the daemon itself refuses it. */
const nothing = Buffer.alloc(0);

/** What a change waits for; a fresh one each time that the fault is played. */
let opened = Promise.withResolvers<void>();

const faults: readonly SpeakerFault[] = [
  {
    name: 'refused',
    begin: ({ proxy }) => proxy.wire.shut(),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST'],
  },
  {
    name: 'silent accept',
    begin: ({ proxy }) => proxy.wire.hold(),
    isStuck: ({ proxy }) => proxy.wire.connections > 0,
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
  },
  {
    name: 'session limit',
    faultOf: () => ({ refuse: status.RESOURCE_EXHAUSTED }),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST'],
  },
  ...(
    [
      ['exclusive refused', 'PERMISSION_DENIED'],
      ['exclusive refused, for want of a name', 'UNAUTHENTICATED'],
      ['syntax error', 'INVALID_ARGUMENT'],
      ['check failure', 'FAILED_PRECONDITION'],
      ['check failure, for what is there', 'ALREADY_EXISTS'],
    ] as const
  ).map(([name, code]) => ({
    name,
    faultOf: atChange({ refuse: status[code] }),
    ends: ['failed'] as const,
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED'] as const,
  })),
  {
    name: 'reading refused',
    faultOf: (method) => (isChange(method) ? undefined : { refuse: status.PERMISSION_DENIED }),
    ends: ['unknown'],
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'an error of any kind',
    faultOf: atChange({ refuse: status.UNKNOWN }),
    ends: ['unknown'],
    codes: ['DETOUR_ROUTER_COMMAND_REJECTED'],
  },
  {
    name: 'says done and does nothing',
    faultOf: atChange({ isPretended: true }),
    ends: ['unknown'],
    codes: ['DETOUR_ROUTER_NOT_INSTALLED'],
  },
  {
    name: 'cut after the change took effect',
    faultOf: atChange({ end: 'cut', isDone: true }),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST'],
  },
  {
    name: 'cut before the change took effect',
    faultOf: atChange({ end: 'cut' }),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_LOST'],
  },
  {
    name: 'hangs at the commit',
    faultOf: atChange({ end: 'silence' }),
    isStuck: changeHasArrived,
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
  },
  {
    name: 'commit takes longer than an operation may',
    begin: () => {
      opened = Promise.withResolvers<void>();
    },
    faultOf: (method) => (isChange(method) ? { after: opened.promise } : undefined),
    isStuck: changeHasArrived,
    end: () => opened.resolve(),
    ends: ['unknown'],
    codes: ['DETOUR_TRANSPORT_TIMEOUT'],
  },
  ...[1, 2, 3].map((seed) => ({
    name: `spoiled answers (${seed})`,
    faultOf: spoiled(seed),
    ends: ['ok', 'unknown'] as const,
    codes: [
      'DETOUR_TRANSPORT_LOST',
      'DETOUR_ROUTER_ANSWER_UNREADABLE',
      'DETOUR_ROUTER_NOT_INSTALLED',
    ] as const,
  })),
];

const cases = (['divert', 'restore'] as const).flatMap((way) =>
  faults.map((fault) => ({ way, fault, name: fault.name })),
);

const bare = ({ prefix, nextHop }: Route): Route => ({ prefix, nextHop });

describe('the gobgp driver on a real GoBGP that misbehaves', () => {
  let stage: GobgpStage;

  beforeAll(async () => {
    stage = await GobgpStage.open();
  });

  afterAll(() => stage?.[Symbol.asyncDispose]());

  afterEach(async () => {
    await stage.reach();
    expect((await stage.sync([])).outcome).toMatchObject({ result: 'ok' });
    expect(await stage.truth()).toEqual([]);
  });

  /** Once it can be spoken to again, a reading tells what stands, and the same plan does the rest. */
  async function expectKnown(before: readonly Route[], desired: readonly Route[]): Promise<void> {
    await stage.reach();
    const owned = (await stage.read()).owned.map(bare);
    expect(owned).toEqual(await stage.truth());
    expect([before, desired]).toContainEqual(owned);
    expect((await stage.sync(desired)).outcome).toMatchObject({ result: 'ok' });
    expect(await stage.truth()).toEqual(desired);
  }

  it.each(cases)('$name: a $way ends in the truth', async ({ fault, way }) => {
    const [before, desired] = way === 'divert' ? [[], [route]] : [[route], []];
    await stage.sync(before);
    await stage.reach();
    stage.proxy.setFault(fault.faultOf);
    await fault.begin?.(stage);
    const { isStuck } = fault;

    const { outcome, tookMs } = await stage.sync(
      desired,
      isStuck === undefined ? undefined : () => isStuck(stage),
    );

    expect(tookMs).toBeLessThanOrEqual(limitMs);
    expect(fault.ends).toContain(outcome.result);
    if (outcome.result === 'ok') {
      expect(await stage.truth()).toEqual(desired);
    } else {
      expect(fault.codes).toContain(outcome.code);
    }
    fault.end?.(stage);
    await expectKnown(before, desired);
  });

  it('syntax error: GoBGP 3 says what it does not take, and leaves open what it did', async () => {
    stage.proxy.setFault(atChange({ ask: nothing }));

    const { outcome } = await stage.sync([route]);

    expect(outcome).toMatchObject({
      result: 'unknown',
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      message: expect.stringContaining('nil request'),
    });
    await expectKnown([], [route]);
  });

  it('a plan that is refused in its middle is unknown, for its beginning stands', async () => {
    const other = { prefix: '192.168.80.101/32', nextHop: route.nextHop };
    await using driver = stage.openDriver();
    stage.proxy.calls.length = 0;
    const isLast = (): boolean => stage.proxy.calls.filter(isChange).length > 1;
    stage.proxy.setFault(() => (isLast() ? { refuse: status.INVALID_ARGUMENT } : undefined));
    const plan = { add: [route, other], remove: [], unchanged: [] };

    const applying = driver.apply(plan, AbortSignal.timeout(limitMs));

    await expect(applying).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      retryable: true,
    });
    expect(await stage.truth()).toEqual([route]);
  });

  it('foreign /32: refused before anything is sent', async () => {
    const foreign = { prefix: route.prefix, nextHop: '10.10.4.99' };
    await stage.pair.addForeign?.(foreign);
    stage.proxy.calls.length = 0;

    const { outcome } = await stage.sync([route]);
    const calls = [...stage.proxy.calls];
    const truth = await stage.truth();
    await stage.pair.removeForeign?.(foreign);

    expect(outcome).toMatchObject({ result: 'failed', code: 'DETOUR_GUARD_REFUSED' });
    expect(calls.filter(isChange)).toEqual([]);
    expect(truth).toEqual([foreign]);
  });

  it('human deletes it: the next reading shows it', async () => {
    await stage.sync([route]);

    await stage.pair.removeForeign?.(route);

    expect(await stage.read()).toMatchObject({ owned: [] });
  });

  it('committed and not forwarded by: read back as not installed while no peer hears it', async () => {
    await stage.pair.kill('peer');

    const { outcome } = await stage.sync([route]);
    await stage.pair.start('peer');

    expect(outcome).not.toMatchObject({ reading: { owned: [{ isInstalled: true }] } });
  });

  it('reboot with rollback: a speaker that starts anew has nothing, and is told again', async () => {
    await stage.sync([route]);
    await stage.pair.kill('speaker');
    await stage.pair.start('speaker');

    const { owned } = await stage.read();
    const again = await stage.sync([route]);

    expect(owned).toEqual([]);
    expect(again.outcome).toMatchObject({ result: 'ok' });
    await until('the peer to hear of it', async () => (await stage.pair.readRaw()).length === 1);
  });
});

it('a refusal of GoBGP 4 is told in its own words, and nothing is in doubt', async () => {
  await using stage = await GobgpStage.open(4);
  stage.proxy.setFault(atChange({ ask: nothing }));

  const { outcome } = await stage.sync([route]);

  expect(outcome).toMatchObject({
    result: 'failed',
    code: 'DETOUR_ROUTER_COMMAND_REJECTED',
    message: expect.stringContaining('path is required'),
  });
  expect(await stage.truth()).toEqual([]);
});
