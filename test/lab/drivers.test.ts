import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { routeDriverContract } from '../contract/route-driver.contract.ts';
import { routeLeaseContract } from '../contract/route-lease.contract.ts';
import { drive } from './support/driver.ts';
import { home01, Lab, labAddresses, twoSites } from './support/lab.ts';
import { startStandInNotice } from './support/stand-in.ts';
import { openSwitchBench } from './support/switch-bench.ts';

const route = { prefix: `${home01.address}/32`, nextHop: labAddresses.notice };
const route6 = { prefix: 'fd10:80::100/128', nextHop: 'fd10:4::10' };
const installed = { ...route, isInstalled: true };
const installed6 = { ...route6, isInstalled: true };
const nothing = { reading: { owned: [], foreign: [] } };

routeDriverContract('frr on a real FRR', () => openSwitchBench('frr'));
routeDriverContract('linux on a real kernel', () => openSwitchBench('linux'), {
  undoes: true,
  carriesTerm: true,
  fences: true,
});

routeLeaseContract('linux on a real kernel', () => openSwitchBench('linux'));

describe.each(['frr', 'linux'] as const)('the %s driver over SSH', (driver) => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'ospf', sites: twoSites });
    await lab.acceptAtNotice([home01.address, 'fd10:80::100']);
    await startStandInNotice(lab);
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    expect(await drive(lab, driver)).toEqual(nothing);
  });

  it('diverts the visitor and restores', async () => {
    using watch = lab.client.watch({
      address: home01.address,
      headers: { host: home01.hostname },
    });
    await watch.first('home01', 0, 1_000);

    const addedAt = Date.now();
    const diverted = await drive(lab, driver, { plan: { add: [route, route6] } });
    const noticedAt = await watch.first('notice', addedAt, 3_000);
    const removedAt = Date.now();
    const restored = await drive(lab, driver, { plan: { remove: [route, route6] } });
    const servedAt = await watch.first('home01', removedAt, 3_000);

    expect(diverted).toEqual({ reading: { owned: [installed, installed6], foreign: [] } });
    expect(restored).toEqual(nothing);
    process.stdout.write(
      `${driver}: diverted in ${noticedAt - addedAt} ms, restored in ${servedAt - removedAt} ms\n`,
    );
  });

  it(
    driver === 'frr'
      ? 'knows a route by its next hop where that is reached by way of others'
      : 'is refused a next hop that is reached by way of others',
    async () => {
      const far = { prefix: route.prefix, nextHop: labAddresses.client };

      const diverted = await drive(lab, driver, { plan: { add: [far] } });
      const restored = await drive(lab, driver, { plan: { remove: [far] } });

      expect(diverted).toMatchObject(
        driver === 'frr'
          ? { reading: { owned: [{ ...far, isInstalled: true }], foreign: [] } }
          : { error: { code: 'DETOUR_ROUTER_COMMAND_REJECTED' } },
      );
      expect(restored).toEqual(nothing);
    },
  );

  it('sends nothing to a switch with another host key', async () => {
    const answer = await drive(lab, driver, {
      plan: { add: [route] },
      hostKey: `SHA256:${'A'.repeat(43)}`,
    });

    expect(answer).toMatchObject({ error: { code: 'DETOUR_TRANSPORT_HOST_KEY_MISMATCH' } });
  });
});
