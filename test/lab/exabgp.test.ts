import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRouteDriver } from '../../src/adapters/routers/registry.ts';
import type { Route, RoutePlan } from '../../src/core/route-plan.ts';
import type { RouteDriver } from '../../src/ports/route-driver.ts';
import { type RouterBench, routeDriverContract } from '../contract/route-driver.contract.ts';
import { startExabgp } from '../peers/support/exabgp.ts';
import { mustRun } from '../support/command.ts';
import type { Daemon } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { BgpLab } from './support/bgp-lab.ts';
import type { LabGobgp } from './support/gobgp.ts';
import { openNamespaceTransport } from './support/namespace-transport.ts';
import { inside } from './support/namespaces.ts';

const route = { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' };
const addRoute: RoutePlan = { add: [route], remove: [], unchanged: [] };
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

routeDriverContract('exabgp beside a real FRR, seen in its table', openBench, {
  looksAtNextHops: false,
  carriesTerm: true,
});

interface ExabgpLab extends RouterBench {
  readonly lab: BgpLab;
  readonly daemon: Daemon;
  readonly witness: LabGobgp;
  openWith(options: Readonly<Record<string, unknown>>): RouteDriver;
}

/** ExaBGP as the speaker of a real FRR, and a GoBGP inside that router's network as the witness. */
async function openBench(): Promise<ExabgpLab> {
  const lab = await BgpLab.open();
  const namespace = lab.namespace('speaker');
  const { router, address } = lab.ends('speaker');
  const witness = await lab.startGobgp('witness');
  const { daemon, pipe } = await startExabgp(
    lab.folder,
    { address: router, own: address, connect: 179 },
    (argv) => inside(namespace, argv),
  );
  lab.use(daemon);
  await witness.established();
  const openWith = (options: Readonly<Record<string, unknown>>): RouteDriver =>
    openRouteDriver('exabgp', {
      router: 'speaker',
      transport: openNamespaceTransport(namespace),
      options: { pipe, witnessPort: witness.port, ...options },
    });
  const openDriver = (): RouteDriver => openWith({});
  await until(
    'ExaBGP to have its neighbour',
    async () => {
      await using driver = openDriver();
      await driver.read(AbortSignal.timeout(5_000));
      return (await lab.router.show(`show bgp neighbors ${address} json`)).includes(
        '"bgpState":"Established"',
      );
    },
    { timeoutMs: 40_000, everyMs: 100 },
  );
  const byHand = async (
    verb: 'announce' | 'withdraw',
    { prefix, nextHop }: Route,
  ): Promise<void> => {
    const line = `${verb} route ${prefix} next-hop ${nextHop}`;
    await mustRun(['sh', '-c', `printf '%s\\n' "$1" >"$2"`, 'sh', line, `${pipe}.in`]);
    await until(`the router to hear of ${prefix}`, async () => {
      const isThere = (await lab.hostRoutes()).some((one) => one.prefix === prefix);
      return isThere === (verb === 'announce');
    });
  };
  return {
    lab,
    daemon,
    witness,
    openWith,
    openDriver,
    readRaw: () => lab.hostRoutes(),
    addForeign: (foreign) => byHand('announce', foreign),
    removeForeign: (foreign) => byHand('withdraw', foreign),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

describe('a diversion that ExaBGP tells a real FRR', () => {
  let bench: ExabgpLab;

  beforeAll(async () => {
    bench = await openBench();
  });

  afterAll(() => bench?.[Symbol.asyncDispose]());

  it('is forwarded by, carries the mark, and stays inside its network', async () => {
    const { lab, witness } = bench;
    const outside = await lab.startGobgp('outside');
    await outside.established();
    await using driver = bench.openWith({ communities: ['65010:80'] });
    // Not ours, and free to travel: proof that the network next door hears the router.
    await bench.addForeign?.({ prefix: '192.168.80.66/32', nextHop: '10.10.4.10' });

    await driver.apply({ ...addRoute, term: 7, generation: 12 }, soon());
    const hop = await until('the router to forward by it', () => lab.forwardsTo('192.168.80.100'));
    await until('the network next door to hear of the other', async () =>
      (await outside.cli('global', 'rib')).includes('192.168.80.66/32'),
    );
    const tags = await lab.communitiesOf(route.prefix);

    expect(hop).toBe('10.10.4.10');
    expect(tags.toSorted()).toEqual([
      '4227864742:7:12',
      '64512:6310',
      '64512:6310:7',
      '65010:80',
      'noExport',
    ]);
    expect(await witness.cli('global', 'rib')).toContain('192.168.80.100/32');
    expect(await outside.cli('global', 'rib')).not.toContain('192.168.80.100/32');
  });

  it('ends with its killed speaker: no graceful restart is agreed', async () => {
    const { lab, daemon } = bench;
    expect(await lab.forwardsTo('192.168.80.100')).toBe('10.10.4.10');

    await daemon.kill();
    const killedAt = performance.now();
    await until('the router to drop it', async () => (await lab.hostRoutes()).length === 0);
    const ms = Math.round(performance.now() - killedAt);
    process.stdout.write(`exabgp: dropped ${ms} ms after the speaker was killed\n`);

    await until(
      'the router to forward as before',
      async () => (await lab.forwardsTo('192.168.80.100')) === undefined,
    );
  });
});
