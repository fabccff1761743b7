import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { mustRun } from '../support/command.ts';
import { playTranscripts } from '../support/transcripts/play.ts';
import { closeSpeakers, transcriptSubjects } from '../support/transcripts/subjects.ts';

const resultFile = path.join(import.meta.dirname, '../lab/results/spoiled-transcripts.json');

/** Written down so often, and so few are led again when a run was ended in the middle. */
const stretch = 1_000;

const rowSchema = z.object({
  driver: z.string(),
  /** What carried the words. */
  over: z.string().default('memory'),
  played: z.number(),
  read: z.number(),
  refused: z.number(),
  bad: z.array(z.object({ seed: z.number(), fate: z.string() })),
  /** That of the last stretch. */
  commit: z.string(),
});
type Row = z.infer<typeof rowSchema>;

async function rowsOf(seed: number): Promise<readonly Row[]> {
  const text = await readFile(resultFile, 'utf8').catch(() => '{"seed":-1,"rows":[]}');
  const kept = z.object({ seed: z.number(), rows: z.array(rowSchema) }).parse(JSON.parse(text));
  return kept.seed === seed ? kept.rows : [];
}

/**
 * Leads a hundred thousand dialogues with spoiled routers of every kind, and ten thousand through a real SSH server:
 * `npm run test:long -- transcripts [COUNT [SEED]]`, with another count of each for a trial. An hour or two of one core; a run
 * that was ended goes on where it was. What was played so far is always in test/lab/results/spoiled-transcripts.json.
 */
export async function run(): Promise<void> {
  const [, , , countText = '', seedText = '20260101'] = process.argv;
  const seed = Number(seedText);
  const commit = (await mustRun(['git', 'rev-parse', 'HEAD'])).trim();
  const rows = new Map((await rowsOf(seed)).map((row) => [row.driver, row]));
  const keep = async (row: Row): Promise<void> => {
    rows.set(row.driver, row);
    const inOrder = transcriptSubjects.flatMap(({ name }) => rows.get(name) ?? []);
    const bad = inOrder.reduce((sum, one) => sum + one.bad.length, 0);
    await writeFile(resultFile, `${JSON.stringify({ seed, bad, rows: inOrder }, null, 2)}\n`);
  };
  for (const subject of transcriptSubjects) {
    const { name: driver, over, counts } = subject;
    const wanted = countText === '' ? counts.whole : Number(countText);
    const none = { driver, over, played: 0, read: 0, refused: 0, bad: [], commit };
    let row: Row = { ...(rows.get(driver) ?? none), over };
    while (row.played < wanted) {
      const count = Math.min(stretch, wanted - row.played);
      const fates = await playTranscripts(subject, { seed: seed + row.played, count });
      row = {
        ...row,
        commit,
        played: row.played + count,
        read: row.read + fates.read,
        refused: row.refused + fates.refused,
        bad: [...row.bad, ...fates.bad],
      };
      await keep(row);
    }
    await keep(row);
    process.stdout.write(`${JSON.stringify(row)}\n`);
  }
  await closeSpeakers();
  process.exitCode = [...rows.values()].some(({ bad }) => bad.length > 0) ? 1 : 0;
}
