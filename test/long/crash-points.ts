import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import {
  byTurns,
  type CrashDriver,
  CrashLab,
  caseName,
  complaint,
  crashCases,
  crashDrivers,
} from '../lab/support/crash-case.ts';
import { mustRun } from '../support/command.ts';

const resultFile = new URL('../lab/results/crash-points.json', import.meta.url).pathname;

const rowSchema = z.object({
  driver: z.enum(crashDrivers),
  case: z.string(),
  recoveredMs: z.number().optional(),
  /** What was not as promised. */
  complaint: z.string().optional(),
  seed: z.number(),
  commit: z.string(),
});
type Row = z.infer<typeof rowSchema>;

/** The same order for the same seed (a linear congruential generator sorts the cases). */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed;
  const keyed = items.map((item) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return { item, key: state };
  });
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}

const planned = crashDrivers.flatMap((driver) =>
  crashCases(driver).map((plan) => ({ driver, case: caseName(plan) })),
);
type Place = Pick<Row, 'driver' | 'case'>;
const isSame = (one: Place, other: Place): boolean =>
  one.driver === other.driver && one.case === other.case;

/** What was played, in the order of the list, and what never was. */
class Results {
  #rows: readonly Row[];

  constructor(rows: readonly Row[]) {
    this.#rows = rows.filter((row) => planned.some((place) => isSame(place, row)));
  }

  static async read(): Promise<Results> {
    const text = await readFile(resultFile, 'utf8').catch(() => '{"rows":[]}');
    return new Results(z.object({ rows: z.array(rowSchema) }).parse(JSON.parse(text)).rows);
  }

  get bad(): number {
    return this.#rows.filter(({ complaint: words }) => words !== undefined).length;
  }

  isPlayed(place: Place): boolean {
    return this.#rows.some((row) => isSame(row, place));
  }

  async keep(row: Row): Promise<void> {
    this.#rows = [...this.#rows.filter((one) => !isSame(one, row)), row];
    const rows = planned.flatMap((place) => this.#rows.filter((one) => isSame(one, place)));
    const notPlayed = planned
      .filter((place) => !this.isPlayed(place))
      .map((place) => `${place.driver}: ${place.case}`);
    const result = {
      planned: planned.length,
      played: rows.length,
      bad: this.bad,
      notPlayed,
      rows,
    };
    process.stdout.write(`${rows.length}/${planned.length} ${JSON.stringify(row)}\n`);
    await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`);
  }
}

interface Round {
  readonly seed: number;
  readonly commit: string;
  readonly isOnlyRest: boolean;
}

async function playAll(driver: CrashDriver, results: Results, round: Round): Promise<void> {
  let lab: CrashLab | undefined;
  const open = crashCases(driver).filter(
    (plan) => !round.isOnlyRest || !results.isPlayed({ driver, case: caseName(plan) }),
  );
  const plans = byTurns(shuffled(open, round.seed));
  for (const [index, plan] of plans.entries()) {
    const place = { driver, case: caseName(plan) };
    const origin = { seed: round.seed, commit: round.commit };
    try {
      lab ??= await CrashLab.open(driver);
      const result = await lab.play(plan, plans[index + 1]);
      const problem = complaint(result);
      await results.keep({
        ...place,
        recoveredMs: result.recoveredMs,
        ...(problem === undefined ? {} : { complaint: problem }),
        ...origin,
      });
    } catch (error) {
      const [words = ''] = String(error).split('\n');
      await results.keep({ ...place, complaint: words, ...origin });
      // What a failed case left behind must not spoil the next.
      await lab?.[Symbol.asyncDispose]();
      lab = undefined;
    }
  }
  await lab?.[Symbol.asyncDispose]();
}

/**
 * Kills the controller before and during every step of a diversion and of a restore, on FRR, Linux and GoBGP:
 * `npm run test:long -- crash-points [SEED [rest]]`, with `rest` only what the result has no word of. Half an hour for all on a quiet machine.
 * What is played so far is always in test/lab/results/crash-points.json, each case with its seed and commit.
 */
export async function run(): Promise<void> {
  const [, , , seedText = '1', rest] = process.argv;
  const seed = Number(seedText);
  const commit = (await mustRun(['git', 'rev-parse', 'HEAD'])).trim();
  const results = await Results.read();
  const round = { seed, commit, isOnlyRest: rest === 'rest' };
  // Side by side, each in a lab of its own: most of a case is waiting.
  await Promise.all(crashDrivers.map((driver) => playAll(driver, results, round)));
  process.exitCode = results.bad > 0 ? 1 : 0;
}
