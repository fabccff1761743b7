import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import { routeDriverContract } from '../contract/route-driver.contract.ts';
import { until } from '../support/until.ts';
import { type GobgpPair, openGobgpPair } from './support/gobgp.ts';

const route = { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' };
const addRoute: RoutePlan = { add: [route], remove: [], unchanged: [] };
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

for (const version of [3, 4] as const) {
  routeDriverContract(
    `gobgp on a real GoBGP ${version}, seen from its peer`,
    () => openGobgpPair(version),
    { looksAtNextHops: false, carriesTerm: true },
  );
}

describe('the gobgp driver', () => {
  let pair: GobgpPair;

  beforeAll(async () => {
    pair = await openGobgpPair();
  });

  afterAll(() => pair?.[Symbol.asyncDispose]());

  it('marks every route and keeps it inside the neighbouring network', async () => {
    await using driver = pair.openWith({ communities: ['65010:80'] });

    await driver.apply(addRoute, soon());
    const raw = await until('the peer to have it', async () => {
      const [first] = await pair.readRaw();
      return first;
    });

    // NO_EXPORT is 65535:65281 (RFC 1997).
    const words = [65_535 * 65_536 + 65_281, 64_512 * 65_536 + 6310, 65_010 * 65_536 + 80];
    expect(raw.words?.split(' ').map(Number).toSorted()).toEqual(words.toSorted());
  });

  it('calls no route installed that a named neighbour has not been sent', async () => {
    await using driver = pair.openWith({ neighbours: ['127.0.0.9'] });

    const { owned } = await driver.read(soon());

    expect(owned).toEqual([{ ...route, isInstalled: false }]);
  });

  it('no longer calls a route installed whose peer is gone', async () => {
    await using driver = pair.openWith({});
    const before = await driver.read(soon());

    await pair.stop('peer');

    expect(before.owned).toEqual([{ ...route, isInstalled: true }]);
    await until('the session to end', async () => {
      const { owned } = await driver.read(soon());
      return owned[0]?.isInstalled === false;
    });
  });

  it('says so, and that it may be tried again, when its speaker is gone', async () => {
    await using driver = pair.openWith({});
    await pair.stop('speaker');

    const refusal = driver.read(soon());

    await expect(refusal).rejects.toMatchObject({ code: 'DETOUR_TRANSPORT_LOST', retryable: true });
  });
});

describe('a speaker with graceful restart', () => {
  let pair: GobgpPair;

  beforeAll(async () => {
    pair = await openGobgpPair(3, 6);
  });

  afterAll(() => pair?.[Symbol.asyncDispose]());

  it('that is killed leaves its routes for the restart time, and no longer', async () => {
    await using driver = pair.openDriver();
    await driver.apply(addRoute, soon());
    expect((await driver.read(soon())).owned).toEqual([{ ...route, isInstalled: true }]);

    await pair.kill('speaker');
    await until('the peer to miss it', async () =>
      (await pair.cli('peer', 'neighbor')).includes('Establ') ? undefined : true,
    );

    expect(await pair.readRaw()).toMatchObject([route]);
    await until('the restart time to pass', async () => (await pair.readRaw()).length === 0, {
      timeoutMs: 25_000,
    });
  });
});
