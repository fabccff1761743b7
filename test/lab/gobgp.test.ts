import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import { routeDriverContract } from '../contract/route-driver.contract.ts';
import { until } from '../support/until.ts';
import { BgpLab } from './support/bgp-lab.ts';
import type { LabGobgp } from './support/gobgp.ts';
import { openGobgpBench, openGobgpDriver } from './support/gobgp-bench.ts';

const route = { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' };
const addRoute: RoutePlan = { add: [route], remove: [], unchanged: [] };
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

routeDriverContract('gobgp beside a real FRR, seen in its table', () => openGobgpBench(3), {
  looksAtNextHops: false,
  carriesTerm: true,
});

describe('a diversion that GoBGP tells a real FRR', () => {
  const restartSeconds = 6;
  let lab: BgpLab;
  let speaker: LabGobgp;
  let witness: LabGobgp;
  let outside: LabGobgp;

  beforeAll(async () => {
    lab = await BgpLab.open();
    speaker = await lab.startGobgp('speaker', { restartSeconds });
    witness = await lab.startGobgp('witness');
    outside = await lab.startGobgp('outside');
    await Promise.all([speaker, witness, outside].map((one) => one.established()));
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  it('is forwarded by, carries mark and term, and stays inside its network', async () => {
    await using driver = openGobgpDriver(speaker, witness, { communities: ['65010:80'] });
    // Not ours, and free to travel: proof that the network next door hears the router.
    await speaker.cli('global', 'rib', 'add', '192.168.80.66/32', 'nexthop', '10.10.4.10');

    await driver.apply({ ...addRoute, term: 7, generation: 12 }, soon());
    const hop = await until('the router to forward by it', () => lab.forwardsTo('192.168.80.100'));
    await until('the network next door to hear of the other', async () =>
      (await outside.cli('global', 'rib')).includes('192.168.80.66/32'),
    );
    const nextDoor = await outside.cli('global', 'rib');
    const inside = await witness.cli('global', 'rib');
    const tags = await lab.communitiesOf(route.prefix);
    await driver.apply({ add: [], remove: [route], unchanged: [] }, soon());
    await speaker.cli('global', 'rib', 'del', '192.168.80.66/32');

    expect(hop).toBe('10.10.4.10');
    expect(tags.toSorted()).toEqual([
      '4227864742:7:12',
      '64512:6310',
      '64512:6310:7',
      '65010:80',
      'noExport',
    ]);
    expect(inside).toContain('192.168.80.100/32');
    expect(nextDoor).not.toContain('192.168.80.100/32');
    await until('the router to forget it', async () => (await lab.hostRoutes()).length === 0);
  });

  it('outlives its killed speaker by the restart time, and not longer', async () => {
    await using driver = openGobgpDriver(speaker, witness);
    await driver.apply(addRoute, soon());
    await until('the router to forward by it', () => lab.forwardsTo('192.168.80.100'));

    await speaker.kill();
    const killedAt = performance.now();
    await until('the router to miss its speaker', async () => {
      const text = await lab.router.show('show bgp neighbors 10.10.6.2 json');
      return !text.includes('"bgpState":"Established"');
    });
    const kept = await lab.forwardsTo('192.168.80.100');
    await until('the router to drop it', async () => (await lab.hostRoutes()).length === 0, {
      timeoutMs: 30_000,
    });
    const keptMs = performance.now() - killedAt;
    process.stdout.write(`gobgp: kept for ${Math.round(keptMs)} ms after the speaker was killed\n`);

    expect(kept).toBe('10.10.4.10');
    expect(await lab.forwardsTo('192.168.80.100')).toBeUndefined();
    // The bound is the restart time that the speaker asked for, told by the router's own clock.
    expect(keptMs).toBeGreaterThan((restartSeconds - 2) * 1_000);
  });
});
