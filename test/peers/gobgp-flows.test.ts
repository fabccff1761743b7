import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import { routeDriverContract } from '../contract/route-driver.contract.ts';
import { until } from '../support/until.ts';
import { type GobgpPair, openGobgpPair } from './support/gobgp.ts';

const route = { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' };
const addRoute: RoutePlan = { add: [route], remove: [], unchanged: [] };
const removeRoute: RoutePlan = { add: [], remove: [route], unchanged: [] };
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

for (const version of [3, 4] as const) {
  routeDriverContract(
    `gobgp with flows on a real GoBGP ${version}, seen from its peer`,
    async () => (await openGobgpPair(version)).flows,
    { looksAtNextHops: false, carriesTerm: true, othersMakeRoutes: false },
  );
}

describe.each([3, 4] as const)('a narrow diversion by GoBGP %i', (version) => {
  let pair: GobgpPair;
  const narrow = { exceptSources: ['198.51.100.0/24'] };

  beforeAll(async () => {
    pair = await openGobgpPair(version);
  });

  afterAll(() => pair?.[Symbol.asyncDispose]());

  /** Each flow of the peer's table with what is done to it, as the peer's command line prints them. */
  const flowsOfPeer = async (): Promise<readonly string[]> => {
    const text = await pair.cli('peer', 'global', 'rib', '-a', 'ipv4-flowspec');
    return [...text.matchAll(/(\[destination.*\]) +fictitious.*?(?:Extcomms: \[(.*)\]\}\])?$/gm)]
      .map(([, flow, action = 'none']) => `${flow} ${action}`)
      .toSorted();
  };

  it('sends away TCP 80 and 443 of the address alone, and not those who repair it', async () => {
    await using driver = pair.openWith({ narrow });

    await driver.apply(addRoute, soon());
    const flows = await until('the peer to have all four', async () => {
      const found = await flowsOfPeer();
      return found.length === 4 ? found : undefined;
    });

    const web = (port: number): string => `[protocol: ==tcp][destination-port: ==${port}]`;
    expect(flows).toEqual([
      `[destination: 192.168.80.100/32]${web(443)} 10.10.4.10:0`,
      `[destination: 192.168.80.100/32]${web(80)} 10.10.4.10:0`,
      `[destination: 192.168.80.100/32][source: 198.51.100.0/24]${web(443)} none`,
      `[destination: 192.168.80.100/32][source: 198.51.100.0/24]${web(80)} none`,
    ]);
    expect(await pair.readRaw()).toEqual([]);
  });

  it('is not installed for a configuration that makes other exceptions, which can still remove it', async () => {
    await using driver = pair.openWith({ narrow: { exceptSources: ['203.0.113.0/24'] } });

    const { owned } = await driver.read(soon());
    await driver.apply(removeRoute, soon());

    expect(owned).toEqual([{ ...route, isInstalled: false }]);
    await until('the peer to forget all', async () => (await flowsOfPeer()).length === 0);
  });

  it('is not installed while one of its ports is missing', async () => {
    await using driver = pair.openWith({ narrow: { ports: [80] } });
    await using both = pair.openWith({ narrow: { ports: [80, 443] } });

    await driver.apply(addRoute, soon());
    const half = await both.read(soon());
    const whole = await driver.read(soon());
    await driver.apply(removeRoute, soon());

    expect(half.owned).toEqual([{ ...route, isInstalled: false }]);
    expect(whole.owned).toEqual([{ ...route, isInstalled: true }]);
    await until('the peer to forget it', async () => (await flowsOfPeer()).length === 0);
  });

  it('leaves alone an address for which others made a flow', async () => {
    await using driver = pair.openWith({ narrow });
    const theirs = ['match', 'destination', route.prefix, 'then', 'discard'];
    await pair.cli('speaker', 'global', 'rib', 'add', '-a', 'ipv4-flowspec', ...theirs);

    const { foreign } = await driver.read(soon());
    const refusal = driver.apply(addRoute, soon());

    await expect(refusal).rejects.toMatchObject({ code: 'DETOUR_GUARD_REFUSED' });
    expect(foreign).toEqual([{ prefix: route.prefix, nextHop: 'flowspec' }]);
    await until('the peer to have theirs alone', async () => (await flowsOfPeer()).length === 1);
  });
});
