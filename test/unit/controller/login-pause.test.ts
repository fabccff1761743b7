import { beforeEach, describe, expect, it } from 'vitest';
import { firstLoginPauseMs, longestLoginPauseMs } from '../../../src/controller/login-pause.ts';
import type { RouterRunner } from '../../../src/controller/router-runner.ts';
import { DetourError, type ErrorCode } from '../../../src/lib/errors.ts';
import { minute, second } from '../../../src/lib/time.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { openRunner } from '../../fakes/open-runner.ts';

const wanted = { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' };

let clock: ManualClock;
let runner: RouterRunner;
/** Moments at which the router was asked to let us in, in seconds. */
let logins: number[];
let refusal: ErrorCode | undefined;

beforeEach(() => {
  clock = new ManualClock();
  logins = [];
  refusal = 'DETOUR_TRANSPORT_AUTH_FAILED';
  const logIn = async (): Promise<void> => {
    logins.push(clock.monotonicMs() / second);
    if (refusal !== undefined) {
      throw new DetourError('192.0.2.1 port 22 refused the login', { code: refusal });
    }
  };
  const driver = {
    read: async () => {
      await logIn();
      return { owned: [], foreign: [] };
    },
    apply: logIn,
    lines: () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
  runner = openRunner(driver, clock, wanted);
});

/** Reads as the reconciler does: every five seconds. */
async function readFor(ms: number): Promise<void> {
  for (let waited = 0; waited < ms; waited += 5 * second) {
    await runner.read()?.catch(() => undefined);
    clock.advance(5 * second);
  }
}

describe('a router that refuses our login', () => {
  it('is asked again less and less often, and no more than three times in a quarter of an hour', async () => {
    await readFor(minute * 60);

    expect(logins.slice(0, 5)).toEqual([0, 30, 90, 210, 450]);
    const pauses = logins.slice(1).map((at, index) => at - (logins[index] ?? 0));
    expect(Math.max(...pauses)).toBe(longestLoginPauseMs / second);
    expect(logins.filter((at) => at >= 30 * 60 && at < 45 * 60)).toHaveLength(3);
  });

  it('is left alone by changes as well, which tell why', async () => {
    await runner.read()?.catch(() => undefined);

    const outcome = await runner.sync({
      type: 'sync-routes',
      id: 'c1',
      router: 'edge-1',
      desired: [wanted],
      ledger: [wanted.prefix],
      isOrdered: true,
      activeLimit: 10,
      decidedAt: clock.now(),
      notBefore: 0,
    });

    expect(outcome).toMatchObject({
      result: 'failed',
      code: 'DETOUR_TRANSPORT_AUTH_FAILED',
      message: expect.stringMatching(/refused once; .* every 30s .*port 22 refused the login/),
    });
    expect(logins).toEqual([0]);
  });

  it('is tried at once when a person insists', async () => {
    await readFor(10 * second);

    await runner.look().catch(() => undefined);
    expect(logins).toEqual([0]);

    await runner.look(true).catch(() => undefined);
    expect(logins).toEqual([0, 10]);
  });

  it('is read as often as ever once it has let us in', async () => {
    await readFor(2 * minute);
    refusal = undefined;
    await runner.look(true);
    logins = [];

    await readFor(10 * second);

    expect(logins).toHaveLength(2);
  });

  it('waits for the shortest time again after it had let us in', async () => {
    await readFor(10 * minute);
    refusal = undefined;
    await runner.look(true);
    refusal = 'DETOUR_TRANSPORT_AUTH_FAILED';
    logins = [];

    await readFor(firstLoginPauseMs + 5 * second);

    expect(logins).toHaveLength(2);
  });
});

it('is no reason to wait that a router does not answer, or that our own key cannot be read', async () => {
  for (const code of ['DETOUR_TRANSPORT_TIMEOUT', 'DETOUR_TRANSPORT_SECRET_UNREADABLE'] as const) {
    refusal = code;
    logins = [];

    await readFor(20 * second);

    expect(logins).toHaveLength(4);
  }
});
