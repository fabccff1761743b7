import { mkdir, writeFile } from 'node:fs/promises';
import { mustRun } from '../support/command.ts';
import {
  isWrite,
  playStandstill,
  type StandstillMoment,
  standstillMoments,
} from '../support/standstill.ts';

const folder = new URL('../lab/results/', import.meta.url).pathname;

/** All at once: a stopped process needs no processor. A machine that starts them too slowly plays fewer. */
const atOnce = 6;

async function play(moment: StandstillMoment, stopMs: number): Promise<object> {
  try {
    const { whileStopped, afterWake, routes } = await playStandstill({ moment, stopMs });
    const isGood =
      whileStopped.length === 0 &&
      afterWake[0]?.startsWith('show ') === true &&
      routes.length === 1;
    return {
      moment,
      isGood,
      commandsWhileStopped: whileStopped.length,
      firstAfterWake: afterWake[0]?.split('\n')[0],
      writesAfterWake: afterWake.filter(isWrite).length,
      routes,
    };
  } catch (error) {
    return { moment, isGood: false, complaint: String(error).split('\n')[0] };
  }
}

/**
 * Stops the controller for 60 s at every moment of a diversion: `npm run test:long -- standstill`.
 * Two minutes; the result is test/lab/results/standstill.json.
 */
export async function run(stopMs = 60_000): Promise<void> {
  const commit = (await mustRun(['git', 'rev-parse', 'HEAD'])).trim();
  const rows: object[] = [];
  for (let next = 0; next < standstillMoments.length; next += atOnce) {
    const batch = standstillMoments.slice(next, next + atOnce);
    rows.push(...(await Promise.all(batch.map((moment) => play(moment, stopMs)))));
  }
  const bad = rows.filter((row) => !('isGood' in row && row.isGood === true)).length;
  const text = JSON.stringify({ commit, stopMs, bad, rows }, null, 2);
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}standstill.json`, `${text}\n`);
  process.stdout.write(`${text}\n`);
  process.exitCode = bad === 0 ? 0 : 1;
}
