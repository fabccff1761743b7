import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { LabDetour } from './support/detour.ts';
import { logins } from './support/driver.ts';
import { kernelHostRoutes } from './support/kernel-routes.ts';
import { home01, home02, Lab, type LabSite, labAddresses } from './support/lab.ts';

/** The shortest lease that a configuration may ask for. */
const leaseMs = 10_000;

const onLinux: LabSite = { ...home01, onDeath: 'fall-back' };
const onFrr: LabSite = { ...home02, onDeath: 'fall-back' };
const staying: LabSite = {
  name: 'home03',
  hostname: 'home03.example.kr',
  address: '192.168.80.210',
  originAddress: '192.168.80.30',
  onDeath: 'stay',
};
const sites = [onLinux, onFrr, staying];

/** The switch as a Linux machine and as an FRR behind a shell: the third site goes by the first of them again. */
const ways = [
  { driver: 'linux', ...logins.linux },
  { driver: 'frr', user: logins.linux.user, options: { shell: 'sh' } },
] as const;

const routeOf = ({ address }: LabSite): string => `${address} via ${labAddresses.notice}`;

describe('when the only controller is killed', () => {
  let lab: Lab;
  let detour: LabDetour;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'bgp', sites });
    const guards = { routeLease: `${leaseMs / 1_000}s`, massFailure: { sites: 10 } };
    detour = await LabDetour.start(lab, { sites, ways, guards });
    await Promise.all(sites.map((site) => lab.killOrigin(site)));
    await Promise.all(sites.map((site) => detour.untilPhase(site, 'diverted')));
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  const routes = (): Promise<readonly string[]> => kernelHostRoutes(lab.namespace('switch'));

  const servedBy = async ({ address, hostname }: LabSite): Promise<string> => {
    const { headers } = await lab.client.request({ address, headers: { host: hostname } });
    return headers['x-lab'] ?? (headers['detour-notice'] === undefined ? 'nobody' : 'notice');
  };

  it('a lease that is renewed keeps the diversion for longer than it lasts', async () => {
    const endsAt = Date.now() + leaseMs * 1.3;

    while (Date.now() < endsAt) {
      expect(await routes()).toEqual(sites.map(routeOf).toSorted());
      await delay(200);
    }
  });

  it('sites that fall back are at their origins after the lease, and the one that stays keeps its notice', async () => {
    await detour.killController();
    await Promise.all([onLinux, staying].map((site) => lab.startOrigin(site)));

    await until('the routes to be taken back', async () => (await routes()).length === 1, {
      timeoutMs: leaseMs + 8_000,
    });

    expect(await routes()).toEqual([routeOf(staying)]);
    expect(await lab.switch.staticLines()).toEqual([]);
    await until('the origin to be reached', async () => (await servedBy(onLinux)) === 'home01');
    expect(await servedBy(staying)).toBe('notice');
  });

  it('the controller that comes back too late decides afresh and asks nobody: what is well serves, what is down is diverted again', async () => {
    await detour.startController();
    const down = await detour.untilPhase(onFrr, 'diverted');
    const well = await detour.untilPhase(onLinux, 'serving');

    for (const site of [onLinux, onFrr]) {
      expect(detour.hasDecided(site, 'route-lease-lapsed')).toBe(true);
      expect(detour.hasDecided(site, 'drift-repaired')).toBe(false);
    }
    expect([down.question, well.question]).toEqual([null, null]);
    expect(await routes()).toContain(routeOf(onFrr));
    expect(await routes()).not.toContain(routeOf(onLinux));
    expect(await servedBy(onFrr)).toBe('notice');
  });
});
