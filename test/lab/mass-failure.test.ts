import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabDetour } from './support/detour.ts';
import { home01, home02, Lab, type LabSite } from './support/lab.ts';

const sites: readonly LabSite[] = [
  home01,
  home02,
  ...[103, 104].map((host) => ({
    name: `home${host}`,
    hostname: `home${host}.example.kr`,
    address: `192.168.80.${host}`,
    originAddress: `192.168.80.${host - 80}`,
  })),
];

describe('all sites down at once', () => {
  let lab: Lab;
  let detour: LabDetour;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'ospf', sites });
    detour = await LabDetour.start(lab, { sites });
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  it('moves nothing, says so, and waits for a person', async () => {
    await Promise.all(sites.map((site) => lab.killOrigin(site)));
    const brake = await detour.untilBrake('mass-failure', true);
    // Longer than a single failing site needs to be diverted.
    await delay(6_000);
    const held = await Promise.all(sites.map((site) => detour.site(site)));
    const status = await detour.status();
    const metrics = await detour.metrics();
    const words = await detour.cli('status');

    expect(await lab.switch.staticLines()).toEqual([]);
    expect(brake.isReleasable).toBe(true);
    expect(held.map(({ heldBack }) => heldBack?.reason)).toEqual(
      sites.map(() => 'brake-mass-failure'),
    );
    expect(status.activeBrakes).toContain('mass-failure');
    expect(metrics).toMatch(/^detour_brake_active\{brake="mass-failure"\} 1$/m);
    expect(words.stdout).toContain('BRAKES ACTIVE: mass-failure');
  });

  it('diverts what the brake held when a person releases it', async () => {
    const released = await detour.post('/api/v1/brakes/mass-failure/release', {
      reason: 'the rack has lost its power: this is real',
    });
    for (const site of sites) {
      await detour.untilPhase(site, 'diverted', 60_000);
    }

    expect(released).toBe(200);
    for (const site of sites) {
      const answer = await lab.client.request({
        address: site.address,
        headers: { host: site.hostname },
      });
      expect(answer.headers['detour-notice']).toContain(`site=${site.name};`);
    }
  });
});
