import { mkdir, writeFile } from 'node:fs/promises';
import { mustRun } from '../support/command.ts';
import { isWrite, playStandstill, standstillMoments } from '../support/standstill.ts';

const folder = new URL('../lab/results/', import.meta.url).pathname;

/**
 * Stops the controller for 60 s at every moment of a diversion: `npm run test:long -- standstill`.
 * Ten minutes; the result is test/lab/results/standstill.json.
 */
export async function run(stopMs = 60_000): Promise<void> {
  const commit = (await mustRun(['git', 'rev-parse', 'HEAD'])).trim();
  const rows: object[] = [];
  let bad = 0;
  await mkdir(folder, { recursive: true });
  for (const moment of standstillMoments) {
    const { whileStopped, afterWake, routes } = await playStandstill({ moment, stopMs });
    const isGood =
      whileStopped.length === 0 &&
      afterWake[0]?.startsWith('show ') === true &&
      routes.length === 1;
    bad += isGood ? 0 : 1;
    rows.push({
      moment,
      isGood,
      commandsWhileStopped: whileStopped.length,
      firstAfterWake: afterWake[0]?.split('\n')[0],
      writesAfterWake: afterWake.filter(isWrite).length,
      routes,
    });
    process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
    const text = JSON.stringify({ commit, stopMs, bad, rows }, null, 2);
    await writeFile(`${folder}standstill.json`, `${text}\n`);
  }
  process.exitCode = bad === 0 ? 0 : 1;
}
