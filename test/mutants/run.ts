import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { type Mutant, mutants } from './mutants.ts';

/** Tests the tests: every mutant must be found. `npm run test:mutants` writes what found it to results.json. */
const root = path.join(import.meta.dirname, '../..');

/** The longest that one mutant may be hunted. */
const huntMs = 180_000;

interface Result {
  readonly promise: number;
  readonly mutant: string;
  /** What found it; absent when nothing did. */
  readonly by?: string;
  readonly saw?: string;
}

/** A copy of the project with one error in it. */
function plant(folder: string, { edits }: Mutant): void {
  for (const { file, find, put } of edits) {
    const place = path.join(folder, 'src', file);
    const text = readFileSync(place, 'utf8');
    if (text.split(find).length !== 2) {
      throw new Error(`${file} does not hold exactly once: ${find}`);
    }
    writeFileSync(
      place,
      text.replace(find, () => put),
    );
  }
}

function copyProject(folder: string): void {
  for (const part of ['src', 'test/simulation', 'test/scenario', 'test/fakes', 'test/mutants']) {
    cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  }
  cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
}

function hunt(mutant: Mutant): object {
  const folder = mkdtempSync(path.join(tmpdir(), 'detour-mutant-'));
  try {
    copyProject(folder);
    plant(folder, mutant);
    const { stdout, stderr, error } = spawnSync(
      process.execPath,
      [path.join(folder, 'test/mutants/hunt.ts')],
      { cwd: folder, encoding: 'utf8', timeout: huntMs },
    );
    if (error !== undefined) {
      // A hunt that was cut short, on a busy machine for one, has found nothing.
      return { saw: 'the hunt did not end in time' };
    }
    if (stdout.trim() === '') {
      throw new Error(`The hunt itself failed: ${stderr}`);
    }
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [wanted = ''] = process.argv.slice(2);
const results = mutants
  .filter(({ name }) => name.includes(wanted))
  .map((mutant): Result => {
    const result = { promise: mutant.promise, mutant: mutant.name, ...hunt(mutant) };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return result;
  });
if (wanted === '') {
  const file = path.join(import.meta.dirname, 'results.json');
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}
const survivors = results.filter(({ by }) => by === undefined);
process.stdout.write(`${results.length - survivors.length} of ${results.length} mutants found\n`);
process.exitCode = survivors.length === 0 ? 0 : 1;
