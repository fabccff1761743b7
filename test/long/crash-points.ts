import { mkdir, writeFile } from 'node:fs/promises';
import { CrashLab, caseName, complaint, crashCases } from '../lab/support/crash-case.ts';
import type { LabDriver } from '../lab/support/driver.ts';
import { mustRun } from '../support/command.ts';

const folder = new URL('../lab/results/', import.meta.url).pathname;

interface Row {
  readonly driver: LabDriver;
  readonly case: string;
  readonly recoveredMs?: number;
  /** What was not as promised. */
  readonly complaint?: string;
}

/** The same order for the same seed (a linear congruential generator sorts the cases). */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed;
  const keyed = items.map((item) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return { item, key: state };
  });
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}

async function playAll(
  driver: LabDriver,
  seed: number,
  keep: (row: Row) => Promise<void>,
): Promise<void> {
  let lab: CrashLab | undefined;
  for (const plan of shuffled(crashCases(driver), seed)) {
    const name = caseName(plan);
    try {
      lab ??= await CrashLab.open(driver);
      const result = await lab.play(plan);
      const problem = complaint(result);
      await keep({
        driver,
        case: name,
        recoveredMs: result.recoveredMs,
        ...(problem === undefined ? {} : { complaint: problem }),
      });
    } catch (error) {
      const [words = ''] = String(error).split('\n');
      await keep({ driver, case: name, complaint: words });
      // What a failed case left behind must not spoil the next.
      await lab?.[Symbol.asyncDispose]();
      lab = undefined;
    }
  }
  await lab?.[Symbol.asyncDispose]();
}

/**
 * Kills the controller before and during every step of a diversion and of a restore, on FRR and on Linux:
 * `npm run test:long -- crash-points [SEED]`. A quarter of an hour or more; what is played so far is always in
 * test/lab/results/crash-points.json.
 */
export async function run(): Promise<void> {
  const [, , , seedText = '1'] = process.argv;
  const seed = Number(seedText);
  const commit = (await mustRun(['git', 'rev-parse', 'HEAD'])).trim();
  const planned = crashCases('frr').length + crashCases('linux').length;
  const rows: Row[] = [];
  const keep = async (row: Row): Promise<void> => {
    rows.push(row);
    const bad = rows.filter(({ complaint: words }) => words !== undefined).length;
    process.stdout.write(`${rows.length}/${planned} ${JSON.stringify(row)}\n`);
    const text = JSON.stringify({ seed, commit, planned, played: rows.length, bad, rows }, null, 2);
    await writeFile(`${folder}crash-points.json`, `${text}\n`);
  };
  await mkdir(folder, { recursive: true });
  // Side by side, each in a lab of its own: most of a case is waiting.
  await Promise.all([playAll('frr', seed, keep), playAll('linux', seed, keep)]);
  process.exitCode = rows.some(({ complaint: words }) => words !== undefined) ? 1 : 0;
}
