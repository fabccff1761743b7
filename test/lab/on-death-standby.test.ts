import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFerret } from '../peers/support/ferret.ts';
import { mustRun } from '../support/command.ts';
import { Daemon } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { LabDetour } from './support/detour.ts';
import { kernelHostRoutes } from './support/kernel-routes.ts';
import { home01, Lab, type LabSite, labAddresses } from './support/lab.ts';
import { StandbyController } from './support/standby.ts';

const falling: LabSite = { ...home01, onDeath: 'fall-back' };

/** The shortest lease that is taken with a shared store. */
const leaseMs = 45_000;

/** The design's limit for the take-over, with room for a busy machine. */
const takeOverMs = 30_000;

describe('when a leader with a standby is killed', () => {
  let lab: Lab;
  let detour: LabDetour;
  let standby: StandbyController;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'bgp', sites: [falling] });
    const server = lab.use(await startFerret((argv) => lab.at('controller', argv)));
    detour = await LabDetour.start(lab, {
      sites: [falling],
      driver: 'linux',
      store: server.url,
      readyWithinMs: 60_000,
      guards: { routeLease: `${leaseMs / 1_000}s` },
    });
    standby = await StandbyController.start(lab, detour);
    await lab.killOrigin(falling);
    await detour.untilPhase(falling, 'diverted');
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  /** The names of the leases that the switch holds: each renewal has another. */
  const leases = async (): Promise<readonly string[]> => {
    const text = await mustRun(lab.at('switch', ['readlink', '/proc/self/ns/net']));
    const network = text.replaceAll(/\D/g, '');
    const files = await readdir('/tmp/detour-64011');
    return files.filter((file) => file.startsWith('lease-') && file.includes(`-${network}.`));
  };

  it('the standby renews the leases when it leads, and no route moves', async () => {
    const before = await leases();
    await using watch = new Daemon(
      'the watch over routes',
      lab.at('switch', ['ip', '-4', 'monitor', 'route']),
    );

    await detour.killController();
    await standby.untilLeading(takeOverMs);
    await until(
      'the standby to renew',
      async () => (await leases()).every((lease) => !before.includes(lease)),
      { timeoutMs: takeOverMs },
    );

    expect(before).toHaveLength(1);
    expect(await leases()).toHaveLength(1);
    expect(await kernelHostRoutes(lab.namespace('switch'))).toEqual([
      `${falling.address} via ${labAddresses.notice}`,
    ]);
    expect(watch.output).not.toContain(falling.address);
  });
});
