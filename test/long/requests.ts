import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HttpReader, type Refusal } from '../../src/notice/http-reader.ts';
import { isHostValid } from '../../src/notice/http-syntax.ts';
import type { RequestHead } from '../../src/notice/request-head.ts';
import { Mutants } from '../support/requests/mutants.ts';

const resultFile = path.join(import.meta.dirname, '../../load/results/odd-requests.json');

function fateOf(found: RequestHead | Refusal | undefined): string | number {
  if (found === undefined) {
    return 'unfinished';
  }
  return 'status' in found ? found.status : 'taken';
}

/** Reads ten million mutants of the corpus of odd requests. Throws at the first that the reader takes and should not. */
export async function run(count = 10_000_000, seed = 20_260_101): Promise<void> {
  const mutants = new Mutants(seed);
  const fates: Record<string, number> = { taken: 0, unfinished: 0, 400: 0, 414: 0, 431: 0 };
  const before = process.cpuUsage();
  for (let done = 0; done < count; done += 1) {
    const bytes = mutants.next();
    const reader = new HttpReader();
    reader.push(bytes);
    const found = reader.next();
    if (
      found !== undefined &&
      !('status' in found) &&
      found.host !== '' &&
      !isHostValid(found.host)
    ) {
      throw new Error(
        `Mutant ${done} has a host that is none: ${JSON.stringify(bytes.toString('latin1'))}`,
      );
    }
    const fate = fateOf(found);
    fates[fate] = (fates[fate] ?? 0) + 1;
  }
  const { user, system } = process.cpuUsage(before);
  const result = { seed, mutants: count, fates, cpuSeconds: Math.round((user + system) / 1e6) };
  await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
