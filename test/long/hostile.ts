import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runHostile } from '../support/hostile/hostile-load.ts';

const resultFile = path.join(import.meta.dirname, '../../load/results/hostile.json');

/** All 24,000 hostile clients at once beside 500 good visitors a second. Throws when the notice plane gives way. */
export async function run(): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const result = await runHostile({ share: 1, seconds: 20, isAhead: isRoot });
  const text = JSON.stringify(result, null, 2);
  await writeFile(resultFile, `${text}\n`);
  process.stdout.write(`${text}\n`);
  const { answeredShare, p99Ms, mostMemoryMib, closedSeconds } = result;
  if (answeredShare < 0.999 || p99Ms > 250 || mostMemoryMib > 1_024 || closedSeconds > 15) {
    throw new Error('The notice plane gave way to hostile clients');
  }
}
