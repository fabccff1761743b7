import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabDetour } from './support/detour.ts';
import { home01, Lab, labAddresses, twoSites } from './support/lab.ts';

/** Promise 9 of the design: kill -9 at any moment, then a restart, leads to exactly the desired routes within this. */
const recoveryLimitMs = 60_000;
const foreignLine = 'ip route 192.168.80.66/32 10.10.4.10 tag 99';
const ourLine = `ip route ${home01.address}/32 ${labAddresses.notice} tag 6310 2`;
const visit = { address: home01.address, headers: { host: home01.hostname } };

describe('kill -9 of the controller, and a switch that is silent', () => {
  let lab: Lab;
  let detour: LabDetour;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'bgp', sites: twoSites });
    await lab.switch.configure(foreignLine);
    detour = await LabDetour.start(lab, { sites: twoSites });
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  async function expectLines(...lines: readonly string[]): Promise<void> {
    expect([...(await lab.switch.staticLines())].sort()).toEqual([...lines].sort());
  }

  async function startAgain(): Promise<number> {
    const startedAt = Date.now();
    await detour.startController();
    return startedAt;
  }

  it.each([
    ['when the diversion was only decided', 'decided-by-rule'],
    ['when the notice is live and no route has moved', 'notice-live'],
    ['when the route is in and nothing has proven it', 'route-installed'],
    ['when the diversion was just proven', 'proven'],
  ])('%s: ends at exactly the desired routes', async (_, reason) => {
    await detour.untilPhase(home01, 'serving');
    await expectLines(foreignLine);

    await lab.killOrigin(home01);
    await detour.killControllerAt(home01, reason);
    const startedAt = await startAgain();
    await detour.untilPhase(home01, 'diverted', recoveryLimitMs);
    const tookMs = Date.now() - startedAt;

    await expectLines(foreignLine, ourLine);
    expect((await lab.client.request(visit)).headers['detour-notice']).toContain('site=home01;');
    await lab.startOrigin(home01);
    await detour.untilPhase(home01, 'serving', recoveryLimitMs);
    await expectLines(foreignLine);
    process.stdout.write(`killed at ${reason}: diverted ${tookMs} ms after the restart\n`);
  });

  it('while the switch is busy with our command: ends at exactly the desired routes', async () => {
    await detour.untilPhase(home01, 'serving');
    await lab.killOrigin(home01);
    await detour.untilDecided(home01, 'decided-by-rule');

    // The switch takes the command and does not answer; nobody knows whether the route is in.
    lab.switch.signalDaemon('staticd', 'SIGSTOP');
    await detour.untilStage(home01, 'installing');
    await detour.killController();
    lab.switch.signalDaemon('staticd', 'SIGCONT');
    await startAgain();
    await detour.untilPhase(home01, 'diverted', recoveryLimitMs);

    await expectLines(foreignLine, ourLine);
    await lab.startOrigin(home01);
    await detour.untilPhase(home01, 'serving', recoveryLimitMs);
    await expectLines(foreignLine);
  });

  it('while the route is taken away: the site is served, and no route of ours is left', async () => {
    await detour.untilPhase(home01, 'serving');
    await lab.killOrigin(home01);
    await detour.untilPhase(home01, 'diverted');
    await lab.startOrigin(home01);

    await detour.killControllerAt(home01, 'clean-long-enough');
    await startAgain();
    await detour.untilPhase(home01, 'serving', recoveryLimitMs);

    await expectLines(foreignLine);
    expect((await lab.client.request(visit)).headers['x-lab']).toBe('home01');
  });

  it('a plan that had to wait for 12 s is dropped, and a fresh one is carried out', async () => {
    const changes = async (): Promise<number> => {
      const counts = (await detour.metrics()).matchAll(
        /^detour_router_operation_seconds_count\{.*operation="apply".*\} (\d+)$/gm,
      );
      return counts.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await detour.untilPhase(home01, 'serving');
    await lab.killOrigin(home01);
    await detour.untilDecided(home01, 'first-failure');

    const before = await changes();
    // The switch takes the question that comes before a change, and is silent.
    lab.switch.signalDaemon('staticd', 'SIGSTOP');
    await detour.untilDecided(home01, 'notice-live');
    await delay(12_000);
    const whileSilent = await changes();
    lab.switch.signalDaemon('staticd', 'SIGCONT');
    await detour.untilPhase(home01, 'diverted', recoveryLimitMs);

    expect(whileSilent).toBe(before);
    expect(detour.controllerOutput).toContain('The plan for notice-switch is older than 10 s');
    expect(await changes()).toBe(before + 1);
    await expectLines(foreignLine, ourLine);
    await lab.startOrigin(home01);
    await detour.untilPhase(home01, 'serving', recoveryLimitMs);
    await expectLines(foreignLine);
  });

  it('leaves an audit without a gap', async () => {
    const verified = await detour.cli('audit', 'verify');

    expect(verified).toMatchObject({ exitCode: 0 });
  });
});
