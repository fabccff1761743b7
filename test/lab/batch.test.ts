import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustRun } from '../support/command.ts';
import type { LabDriver } from './support/driver.ts';
import { Lab, twoSites } from './support/lab.ts';
import { manyRoutes, SwitchRunner } from './support/switch-runner.ts';

const routes = manyRoutes(1_000);

/** What makes a command of a driver one commit, and how many routes of ours the switch itself shows. */
const ways: Readonly<Record<LabDriver, { commit: RegExp; count: (lab: Lab) => Promise<number> }>> =
  {
    frr: {
      commit: /configure terminal/,
      count: async (lab) =>
        (await lab.switch.staticLines()).filter((line) => line.startsWith('ip route 10.80.'))
          .length,
    },
    linux: {
      // The undo timer keeps a batch ready too: only what is carried out at once counts.
      commit: /^sudo -n ip -force -batch -$/,
      count: async (lab) => {
        const text = await mustRun(['ip', '-n', lab.namespace('switch'), 'route', 'show']);
        return text.split('\n').filter((line) => /^10\.80\.\d+\.\d+ /.test(line)).length;
      },
    },
  };

describe.each(['frr', 'linux'] as const)('1,000 diversions on %s in one plan', (driver) => {
  let lab: Lab;
  let runner: SwitchRunner;

  beforeAll(async () => {
    lab = await Lab.open({ protocol: 'bgp', sites: twoSites });
    runner = await SwitchRunner.open(lab, driver, routes);
  });

  afterAll(async () => {
    await runner?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  it('are one commit, are all read back as installed, and go in one commit too', async () => {
    const { commit, count } = ways[driver];
    const commits = (): number => runner.commands.filter((text) => commit.test(text)).length;

    const addedMs = await runner.bring(routes);
    const added = { routes: await count(lab), commits: commits() };
    const removedMs = await runner.bring([]);
    const removed = { routes: await count(lab), commits: commits() };

    expect(added).toEqual({ routes: 1_000, commits: 1 });
    expect(removed).toEqual({ routes: 0, commits: 2 });
    process.stdout.write(
      `${driver}: 1,000 routes in ${addedMs.toFixed(0)} ms, away in ${removedMs.toFixed(0)} ms\n`,
    );
  });
});
