import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRouteDriver } from '../../src/adapters/routers/registry.ts';
import type { Route } from '../../src/core/route-plan.ts';
import type { RouteDriver } from '../../src/ports/route-driver.ts';
import {
  type RawRoute,
  type RouterBench,
  routeDriverContract,
} from '../contract/route-driver.contract.ts';
import { until } from '../support/until.ts';
import { openNamespaceTransport } from './support/namespace-transport.ts';
import { SmallRouter } from './support/small-router.ts';

const example = fileURLToPath(new URL('../../examples/script-driver/ip-route', import.meta.url));
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

function openDriver(router: SmallRouter, undo = true): RouteDriver {
  const surroundings = [
    `IP_ROUTE_FOLDER=${router.folder}/run`,
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
  ];
  const command = ['/usr/bin/env', ...surroundings, example];
  return openRouteDriver('script', {
    router: 'edge',
    transport: openNamespaceTransport(router.namespace),
    options: { command, undo, terms: true },
  });
}

const familyFlag = ({ prefix }: Route): string => (prefix.includes(':') ? '-6' : '-4');

/** Every host route of the kernel with its protocol, read without the example. */
async function kernelRoutes(router: SmallRouter): Promise<readonly RawRoute[]> {
  const found: RawRoute[] = [];
  for (const [flag, length] of [
    ['-4', 32],
    ['-6', 128],
  ] as const) {
    const text = await router.run(['ip', flag, 'route', 'show', 'table', 'main']);
    for (const [, address = '', nextHop = '', words = ''] of text.matchAll(
      /^([0-9a-f.:]+) via (\S+) (.*)$/gm,
    )) {
      found.push({ prefix: `${address}/${length}`, nextHop, words });
    }
  }
  return found.toSorted((a, b) =>
    `${a.prefix} ${a.nextHop}` < `${b.prefix} ${b.nextHop}` ? -1 : 1,
  );
}

async function openScriptBench(): Promise<RouterBench> {
  const router = await SmallRouter.open();
  const byHand = async (verb: 'add' | 'del', route: Route): Promise<void> => {
    const words = [familyFlag(route), 'route', verb, route.prefix, 'via', route.nextHop];
    await router.run(['ip', ...words, 'proto', 'static']);
  };
  return {
    openDriver: () => openDriver(router),
    readRaw: () => kernelRoutes(router),
    addForeign: (route) => byHand('add', route),
    removeForeign: (route) => byHand('del', route),
    [Symbol.asyncDispose]: () => router[Symbol.asyncDispose](),
  };
}

routeDriverContract('script with the example for ip route', openScriptBench, {
  undoes: true,
  carriesTerm: true,
  fences: true,
});

describe('the example script', () => {
  const route = { prefix: '192.168.80.101/32', nextHop: '10.10.4.10' };
  const other = { prefix: '192.168.80.102/32', nextHop: '10.10.4.20' };
  let router: SmallRouter;

  beforeAll(async () => {
    router = await SmallRouter.open();
  });

  afterAll(() => router?.[Symbol.asyncDispose]());

  it('takes back by itself what nobody confirms, and then confirms it no more', async () => {
    await using driver = openDriver(router);
    await driver.apply({ add: [other], remove: [], unchanged: [] }, soon());

    const plan = { add: [route], remove: [other], unchanged: [] };
    const change = await driver.applyUnconfirmed?.(plan, 1_000, soon());
    await until('the script to go back', async () => {
      const { owned } = await driver.read(soon());
      return owned.length === 1 && owned[0]?.prefix === other.prefix;
    });
    const late = change?.confirm(soon());

    await expect(late).rejects.toMatchObject({ code: 'DETOUR_ROUTER_CHANGE_UNDONE' });
    await driver.apply({ add: [], remove: [other], unchanged: [] }, soon());
  });

  it('does all of a plan or none of it', async () => {
    await using driver = openDriver(router);
    const dead = { prefix: other.prefix, nextHop: '203.0.113.9' };

    const refused = driver.apply({ add: [route, dead], remove: [], unchanged: [] }, soon());

    await expect(refused).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_COMMAND_REJECTED',
      retryable: false,
    });
    expect(await kernelRoutes(router)).toEqual([]);
  });

  it('applies for good where the configuration does not say that it can undo', async () => {
    await using driver = openDriver(router, false);

    const change = await driver.applyUnconfirmed?.(
      { add: [route], remove: [], unchanged: [] },
      1_000,
      soon(),
    );

    expect(change).toBeUndefined();
    expect((await driver.read(soon())).owned).toEqual([{ ...route, isInstalled: true }]);
  });
});
