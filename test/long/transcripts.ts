import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import { mustRun } from '../support/command.ts';
import {
  type Fates,
  playTranscripts,
  type TranscriptSubject,
  transcriptSubjects,
} from '../support/transcripts/play.ts';

const resultFile = path.join(import.meta.dirname, '../lab/results/spoiled-transcripts.json');

interface Row extends Fates {
  readonly driver: string;
  readonly seconds: number;
}

/**
 * Leads a hundred thousand dialogues with spoiled routers of every kind: `npm run test:long -- transcripts [COUNT [SEED]]`.
 * About an hour of one core. The devices speak in memory; behind a real SSH server the same drivers meet the faults of
 * test/integration/router-faults. What is finished so far is always in te../lab/results/spoiled-transcripts.json.
 */
export async function run(): Promise<void> {
  const [, , , countText = '100000', seedText = '20260101'] = process.argv;
  const [count, seed] = [Number(countText), Number(seedText)];
  const commit = (await mustRun(['git', 'rev-parse', 'HEAD'])).trim();
  const before = process.cpuUsage();
  const rows: Row[] = [];
  const play = async (subject: TranscriptSubject): Promise<void> => {
    const startedAt = Date.now();
    const fates = await playTranscripts(subject, { count, seed, atOnce: 60, patienceMs: 5_000 });
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const row = { driver: subject.name, ...fates, seconds };
    rows.push(row);
    const { user, system } = process.cpuUsage(before);
    const result = {
      seed,
      commit,
      transport: 'in memory',
      transcriptsEach: count,
      unfinished: transcriptSubjects
        .map(({ name }) => name)
        .filter((name) => rows.every(({ driver }) => driver !== name)),
      bad: rows.reduce((sum, { bad }) => sum + bad.length, 0),
      cpuSeconds: Math.round((user + system) / 1e6),
      loadAverage: loadavg()
        .map((load) => load.toFixed(2))
        .join(' '),
      rows,
    };
    await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`);
    process.stdout.write(`${JSON.stringify(row)}\n`);
  };
  // All at once: most of a spoiled dialogue is waiting for words that do not come.
  await Promise.all(transcriptSubjects.map(play));
  process.exitCode = rows.some(({ bad }) => bad.length > 0) ? 1 : 0;
}
