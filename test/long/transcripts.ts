import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { playTranscripts, transcriptSubjects } from '../support/transcripts/play.ts';

const resultFile = path.join(import.meta.dirname, '../../load/results/spoiled-transcripts.json');

/**
 * Reads a hundred thousand spoiled answers of every driver. Throws at the first crash, hang or false proof.
 * What was found is written after each driver, as a whole run takes hours.
 */
export async function run(count = 100_000, seed = 20_260_101): Promise<void> {
  const fates: Record<string, unknown> = {};
  const before = process.cpuUsage();
  for (const subject of transcriptSubjects) {
    fates[subject.name] = await playTranscripts(subject, {
      count,
      seed,
      atOnce: 100,
      patienceMs: 3_000,
    });
    const { user, system } = process.cpuUsage(before);
    const cpuSeconds = Math.round((user + system) / 1e6);
    const result = { seed, transcripts: count, fates, cpuSeconds };
    await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`);
    process.stdout.write(`${subject.name}: ${JSON.stringify(fates[subject.name])}\n`);
  }
}
