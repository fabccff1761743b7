import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRouteDriver } from '../../src/adapters/routers/registry.ts';
import type { RouteDriver } from '../../src/ports/route-driver.ts';
import type { Transport } from '../../src/ports/transport.ts';
import {
  type RawRoute,
  type RouterBench,
  routeDriverContract,
} from '../contract/route-driver.contract.ts';
import { routeLeaseContract } from '../contract/route-lease.contract.ts';
import { mustRun, run } from '../support/command.ts';
import { until } from '../support/until.ts';
import { startNamed, whoAnswers } from './support/answering.ts';
import { home01, Lab, labAddresses, twoSites } from './support/lab.ts';
import { openNamespaceTransport } from './support/namespace-transport.ts';
import { inside } from './support/namespaces.ts';
import { SmallRouter } from './support/small-router.ts';
import { startStandInNotice } from './support/stand-in.ts';

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

const openDriver = (namespace: string, options: Record<string, unknown> = {}): RouteDriver =>
  openRouteDriver('nftables', {
    router: 'gateway',
    transport: openNamespaceTransport(namespace),
    options,
  });

routeDriverContract('nftables on a real kernel', openNftablesBench, {
  othersMakeRoutes: false,
  undoes: true,
  carriesTerm: true,
  fences: true,
});

routeLeaseContract('nftables on a real kernel', openNftablesBench);

async function openNftablesBench(): Promise<RouterBench> {
  const router = await SmallRouter.open();
  return {
    openDriver: () => openDriver(router.namespace),
    readRaw: () => elements(router.namespace),
    [Symbol.asyncDispose]: () => router[Symbol.asyncDispose](),
  };
}

/** The words of `nft list map`, read without the driver's own parser. */
async function elements(namespace: string): Promise<readonly RawRoute[]> {
  const found: RawRoute[] = [];
  for (const [name, length] of [
    ['kept4', 32],
    ['trial4', 32],
    ['kept6', 128],
    ['trial6', 128],
  ] as const) {
    const { stdout } = await run(inside(namespace, ['nft', 'list', 'map', 'inet', 'detour', name]));
    const text = /elements = \{([^}]*)\}/.exec(stdout)?.[1] ?? '';
    for (const element of text.split(',').filter((part) => part.trim() !== '')) {
      const [key = '', nextHop = ''] = element.trim().split(' : ');
      found.push({ prefix: `${key.split(' ')[0]}/${length}`, nextHop });
    }
  }
  return found.toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

/** A transport on which something happens just before the first change. */
function transportThatFirst(namespace: string, act: () => Promise<unknown>): Transport {
  const transport = openNamespaceTransport(namespace);
  return {
    exec: async (command, options) => {
      if (command.includes('-f -')) {
        await act();
      }
      return await transport.exec(command, options);
    },
    openStream: (kind, signal) => transport.openStream(kind, signal),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

describe('a narrow diversion by nftables', () => {
  const web = { prefix: `${home01.address}/32`, nextHop: labAddresses.notice };
  const web6 = { prefix: 'fd10:80::100/128', nextHop: 'fd10:4::10' };
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'ospf', sites: twoSites });
    await startStandInNotice(lab);
    for (const port of [22, 25]) {
      await startNamed(lab, 'site1', 'home01', port);
      await startNamed(lab, 'notice', 'notice', port);
    }
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  /** Who answers a new connection from there. */
  const who = (from: 'client' | 'controller', port: number, host?: string): Promise<string> =>
    whoAnswers(lab, from, port, host);

  it('takes the web alone: mail and SSH go on reaching the origin', async () => {
    await using driver = openDriver(lab.namespace('backbone'));

    await driver.apply({ add: [web, web6], remove: [], unchanged: [] }, soon());
    const during = [await who('client', 80), await who('client', 25), await who('client', 22)];
    const during6 = [
      await who('client', 80, 'fd10:80::100'),
      await who('client', 25, 'fd10:80::100'),
    ];
    const neighbour = await who('client', 80, '192.168.80.200');
    await driver.apply({ add: [], remove: [web, web6], unchanged: [] }, soon());
    const after = [await who('client', 80), await who('client', 80, 'fd10:80::100')];

    expect(during).toEqual(['notice', 'home01', 'home01']);
    expect(during6).toEqual(['notice', 'home01']);
    expect(neighbour).toBe('home02');
    expect(after).toEqual(['home01', 'home01']);
  });

  it('lets those who repair the site see it while visitors see the notice', async () => {
    await using driver = openDriver(lab.namespace('backbone'), {
      exceptSources: [`${labAddresses.controller}/32`],
    });

    await driver.apply({ add: [web], remove: [], unchanged: [] }, soon());
    const seen = { visitor: await who('client', 80), repairer: await who('controller', 80) };
    await driver.apply({ add: [], remove: [web], unchanged: [] }, soon());

    expect(seen).toEqual({ visitor: 'notice', repairer: 'home01' });
  });

  it('is taken back by the kernel when nobody confirms it', async () => {
    await using driver = openDriver(lab.namespace('backbone'));

    const change = await driver.applyUnconfirmed?.(
      { add: [web], remove: [], unchanged: [] },
      2_000,
      soon(),
    );
    const during = await who('client', 80);
    await until('the origin to answer again', async () => (await who('client', 80)) === 'home01', {
      timeoutMs: 10_000,
    });
    const late = change?.confirm(soon());

    expect(during).toBe('notice');
    await expect(late).rejects.toMatchObject({ code: 'DETOUR_ROUTER_CHANGE_UNDONE' });
    expect(await driver.read(soon())).toEqual({ owned: [], foreign: [] });
  });

  it('brings a withdrawn route back when nobody confirms that it should go', async () => {
    await using driver = openDriver(lab.namespace('backbone'));
    await driver.apply({ add: [web], remove: [], unchanged: [] }, soon());

    await driver.applyUnconfirmed?.({ add: [], remove: [web], unchanged: [] }, 2_000, soon());
    const during = await who('client', 80);
    await until('the notice to answer again', async () => (await who('client', 80)) === 'notice', {
      timeoutMs: 10_000,
    });
    await driver.apply({ add: [], remove: [web], unchanged: [] }, soon());

    expect(during).toBe('home01');
    expect(await who('client', 80)).toBe('home01');
  });

  it('does not call a route installed whose rules somebody took away, and repairs them', async () => {
    await using driver = openDriver(lab.namespace('backbone'));
    const flush = ['nft', 'flush', 'chain', 'inet', 'detour', 'steer'];
    await driver.apply({ add: [web], remove: [], unchanged: [] }, soon());

    await mustRun(lab.at('backbone', flush));
    const broken = await driver.read(soon());
    await driver.apply({ add: [web], remove: [], unchanged: [] }, soon());
    const repaired = await driver.read(soon());
    await driver.apply({ add: [], remove: [web], unchanged: [] }, soon());

    expect(broken.owned).toEqual([{ ...web, isInstalled: false }]);
    expect(repaired.owned).toEqual([{ ...web, isInstalled: true }]);
  });

  it('is refused by the kernel when a newer controller wrote after our last look', async () => {
    await using driver = openDriver(lab.namespace('backbone'));
    const table = ['nft', '-f', '-'];
    await driver.apply({ add: [web], remove: [], unchanged: [], term: 7 }, soon());
    // What the newer one does between our reading and our change, carried out where our change begins.
    const late = openRouteDriver('nftables', {
      router: 'gateway',
      transport: transportThatFirst(lab.namespace('backbone'), () =>
        mustRun(lab.at('backbone', table), {
          stdin: 'delete element inet detour term { 7 }\nadd element inet detour term { 8 }\n',
        }),
      ),
      options: {},
    });

    const refusal = late.apply({ add: [], remove: [web], unchanged: [], term: 7 }, soon());

    await expect(refusal).rejects.toMatchObject({ code: 'DETOUR_FENCED' });
    await late[Symbol.asyncDispose]();
    expect((await driver.read(soon())).owned).toEqual([{ ...web, isInstalled: true }]);
    await driver.apply({ add: [], remove: [web], unchanged: [], term: 8 }, soon());
  });

  it('leaves the tables of others alone', async () => {
    const theirs =
      'table ip theirs { map m { type ipv4_addr : ipv4_addr; elements = { 192.168.80.100 : 10.10.4.20 }; }; chain c { type filter hook forward priority 0; tcp dport 9 drop; }; }';
    await mustRun(lab.at('backbone', ['nft', '-f', '-']), {
      stdin: theirs.replaceAll('; ', ';\n').replaceAll('{ ', '{\n').replaceAll('} ', '}\n'),
    });
    const list = (): Promise<string> =>
      mustRun(lab.at('backbone', ['nft', 'list', 'table', 'ip', 'theirs']));
    const before = await list();
    await using driver = openDriver(lab.namespace('backbone'));

    await driver.apply({ add: [web], remove: [], unchanged: [] }, soon());
    await driver.apply({ add: [], remove: [web], unchanged: [] }, soon());

    expect(await list()).toBe(before);
  });
});
