import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { playScenario } from '../../load/support/capacity.ts';
import { type Scenario, scenarios } from '../../load/support/scenarios.ts';
import { limitsSchema } from '../../src/config/schema/limits-schema.ts';
import { runCli } from '../fakes/run-cli.ts';

/** So few visitors that any machine has room for them: what is shown is that the suite runs, not how fast. */
const easy = { rate: 20, p95Ms: 5_000 };
const seconds = 2;

function scenario(name: string): Scenario {
  const found = scenarios.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`The suite has no scenario ${name}`);
  }
  return { ...found, ...easy };
}

describe('the capacity suite under k6', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'detour-load-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['keep-alive', 'https', 'attack'])(
    'gets every visitor of the scenario %s a notice',
    async (name) => {
      const { row } = await playScenario(scenario(name), seconds, path.join(folder, name));

      expect(row.answered).toBeGreaterThan(0.9);
    },
  );

  it('gives a summary that detour capacity turns into limits that the configuration takes', async () => {
    const { row, summary } = await playScenario(
      scenario('crowd'),
      seconds,
      path.join(folder, 'crowd'),
    );
    const file = path.join(folder, 'summary.json');
    await writeFile(file, summary);

    const { exitCode, stdout } = await runCli(['capacity', file]);

    expect(exitCode).toBe(0);
    const { limits } = parse(stdout);
    expect(limitsSchema.parse(limits)).toMatchObject(limits);
    expect(limits.newPerSecond).toBeGreaterThan(row.perSecond * 0.5);
    expect(limits.newPerSecond).toBeLessThanOrEqual(row.perSecond);
  });
});
