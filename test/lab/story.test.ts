import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LabDetour } from './support/detour.ts';
import { home01, home02, Lab, type LabSite, labAddresses, twoSites } from './support/lab.ts';
import type { Watch } from './support/namespace-client.ts';
import { startReference } from './support/stand-in.ts';

/** Three probes a second apart, their timeout, the router, the routing protocol, and a busy machine. */
const divertLimitMs = 15_000;
const restoreLimitMs = 20_000;
const foreignLines = [
  'ip route 192.168.80.66/32 10.10.4.10',
  'ip route 192.168.80.77/32 10.10.4.10 tag 99',
];
const routeLine = (site: LabSite): string =>
  `ip route ${site.address}/32 ${labAddresses.notice} tag 6310 2`;
const visit = (site: LabSite): { address: string; headers: { host: string } } => ({
  address: site.address,
  headers: { host: site.hostname },
});

describe('a site that fails, from the first lost visitor to the last', () => {
  let lab: Lab;
  let detour: LabDetour;
  let atHome01: Watch;
  let atHome02: Watch;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'ospf', sites: twoSites });
    await lab.switch.configure(...foreignLines);
    const reference = await startReference(lab);
    detour = await LabDetour.start(lab, { sites: twoSites, references: [reference] });
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    for (const site of twoSites) {
      await detour.untilPhase(site, 'serving', restoreLimitMs);
    }
    await expectRoutes();
    atHome01 = lab.client.watch(visit(home01));
    atHome02 = lab.client.watch(visit(home02));
    await atHome01.first('home01', 0, 2_000);
    await atHome02.first('home02', 0, 2_000);
  });

  afterEach(() => {
    atHome01[Symbol.dispose]();
    atHome02[Symbol.dispose]();
  });

  /** Exactly these of ours, and every foreign one. */
  async function expectRoutes(...sites: readonly LabSite[]): Promise<void> {
    const wanted = [...foreignLines, ...sites.map(routeLine)].sort();
    expect([...(await lab.switch.staticLines())].sort()).toEqual(wanted);
  }

  it('is diverted by itself, shows its own notice, and is restored by itself', async () => {
    const killedAt = Date.now();
    await lab.killOrigin(home01);
    const noticedAt = await atHome01.first('notice home01', killedAt, divertLimitMs);
    const site = await detour.untilPhase(home01, 'diverted');
    const notice = await lab.client.request({
      ...visit(home01),
      path: '/any/page?x=1',
      method: 'POST',
      body: 'password=secret',
    });
    await expectRoutes(home01);

    const healedAt = Date.now();
    await lab.startOrigin(home01);
    const servedAt = await atHome01.first('home01', healedAt, restoreLimitMs);
    await detour.untilPhase(home01, 'serving');

    expect(site).toMatchObject({ verdict: 'down', cause: 'server-failure', visitorsSee: 'notice' });
    expect(notice.status).toBe(503);
    expect(notice.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
    });
    expect(notice.headers['retry-after']).toMatch(/^\d+$/);
    expect(notice.body).toContain('home01');
    expect(notice.body).not.toContain('home02');
    expect(atHome02.seenSince(0)).toEqual(['home02']);
    await expectRoutes();
    process.stdout.write(
      `first notice ${noticedAt - killedAt} ms after the failure, site back ${servedAt - healedAt} ms after its repair\n`,
    );
  });

  it('is diverted and restored by a person with a reason, from a shell', async () => {
    const orderedAt = Date.now();
    const divert = await detour.cli('divert', 'home02', '--reason', 'the owner asked for it');
    await atHome02.first('notice home02', orderedAt, divertLimitMs);
    const diverted = await detour.untilPhase(home02, 'diverted');
    await expectRoutes(home02);

    const restoredAt = Date.now();
    const restore = await detour.cli('restore', 'home02', '--reason', 'the owner is done');
    await atHome02.first('home02', restoredAt, restoreLimitMs);
    await detour.cli('release', 'home02');

    expect(divert).toMatchObject({ exitCode: 0 });
    expect(restore).toMatchObject({ exitCode: 0 });
    expect(diverted.override).toMatchObject({ action: 'divert', owner: 'night-duty' });
    expect(atHome01.seenSince(0)).toEqual(['home01']);
    await detour.untilPhase(home02, 'serving');
  });

  it('keeps its notice while the controller is dead, and comes back when it lives again', async () => {
    const killedAt = Date.now();
    await lab.killOrigin(home01);
    await atHome01.first('notice home01', killedAt, divertLimitMs);
    await detour.untilPhase(home01, 'diverted');

    await detour.killController();
    const deadAt = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => lab.client.request(visit(home01))),
    );
    await lab.startOrigin(home01);
    await expectRoutes(home01);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(atHome01.seenSince(deadAt)).toEqual([]);
    await detour.startController();

    await atHome01.first('home01', deadAt, 60_000);
    await detour.untilPhase(home01, 'serving');
  });

  it('changes no route when Detour stops, starts or reloads', async () => {
    await lab.killOrigin(home01);
    await detour.untilPhase(home01, 'diverted', divertLimitMs);

    await detour.stopController();
    await expectRoutes(home01);
    await detour.startController();
    await expectRoutes(home01);

    expect(await detour.site(home01)).toMatchObject({ phase: 'diverted' });
    await lab.startOrigin(home01);
  });

  it('changes nothing when the way from the controller to every site is cut', async () => {
    const cutAt = Date.now();
    await lab.cutControllerFromSites();
    const isolation = await untilIsolated(true);
    // Three times as long as a failing site needs to be diverted.
    await delay(10_000);
    const phases = (await Promise.all(twoSites.map((site) => detour.site(site)))).map(
      ({ phase }) => phase,
    );
    await expectRoutes();
    await lab.healControllerToSites();
    await untilIsolated(false);

    expect(isolation.isActive).toBe(true);
    expect(phases.every((phase) => phase === 'serving' || phase === 'suspect')).toBe(true);
    expect(atHome01.seenSince(cutAt)).toEqual([]);
    expect(atHome02.seenSince(cutAt)).toEqual([]);
    await expectRoutes();
  });

  async function untilIsolated(isActive: boolean): ReturnType<LabDetour['brake']> {
    return detour.untilBrake('isolation', isActive);
  }
});
