import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { LabDetour } from './support/detour.ts';
import { kernelHostRoutes } from './support/kernel-routes.ts';
import { home01, home02, Lab, labAddresses } from './support/lab.ts';

/** The shortest lease that a configuration may ask for. */
const leaseMs = 10_000;

const falling = { ...home01, onDeath: 'fall-back' } as const;
const staying = { ...home02, onDeath: 'stay' } as const;
const fallingRoute = `${falling.address} via ${labAddresses.notice}`;
const stayingRoute = `${staying.address} via ${labAddresses.notice}`;

describe('when the only controller is killed', () => {
  let lab: Lab;
  let detour: LabDetour;

  beforeAll(async () => {
    const sites = [falling, staying];
    lab = await Lab.open({ protocol: 'bgp', sites });
    detour = await LabDetour.start(lab, {
      sites,
      driver: 'linux',
      guards: { routeLease: `${leaseMs / 1_000}s` },
    });
    await Promise.all(sites.map((site) => lab.killOrigin(site)));
    await Promise.all(sites.map((site) => detour.untilPhase(site, 'diverted')));
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  const routes = (): Promise<readonly string[]> => kernelHostRoutes(lab.namespace('switch'));

  const servedBy = async ({ address, hostname }: typeof home01): Promise<string> => {
    const { headers } = await lab.client.request({ address, headers: { host: hostname } });
    return headers['x-lab'] ?? (headers['detour-notice'] === undefined ? 'nobody' : 'notice');
  };

  it('a lease that is renewed keeps the diversion for longer than it lasts', async () => {
    const endsAt = Date.now() + leaseMs * 1.3;

    while (Date.now() < endsAt) {
      expect(await routes()).toEqual([fallingRoute, stayingRoute]);
      await delay(200);
    }
  });

  it('the site that falls back is at its origin after the lease, and the one that stays keeps its notice', async () => {
    await detour.killController();
    await Promise.all([lab.startOrigin(falling), lab.startOrigin(staying)]);

    await until(
      'the route to be taken back',
      async () => !(await routes()).includes(fallingRoute),
      {
        timeoutMs: leaseMs + 2_000,
      },
    );

    expect(await routes()).toEqual([stayingRoute]);
    await until('the origin to be reached', async () => (await servedBy(falling)) === 'home01');
    expect(await servedBy(staying)).toBe('notice');
  });

  it('the controller that comes back too late decides afresh: still down is diverted again, and nobody is asked', async () => {
    await lab.killOrigin(falling);

    await detour.startController();
    const site = await detour.untilPhase(falling, 'diverted');

    expect(detour.hasDecided(falling, 'route-lease-lapsed')).toBe(true);
    expect(detour.hasDecided(falling, 'drift-repaired')).toBe(false);
    expect(site.question).toBeNull();
    expect(await routes()).toContain(fallingRoute);
    expect(await servedBy(falling)).toBe('notice');
  });
});
