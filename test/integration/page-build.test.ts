import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { mustRun } from '../support/command.ts';

const kept = path.join(import.meta.dirname, '../../src/ui/dist');

async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const pairs = files.map(async (entry): Promise<[string, string]> => {
    const file = path.join(entry.parentPath, entry.name);
    return [path.relative(folder, file), await readFile(file, 'utf8')];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

it('the page in the repository is what its source builds to; npm run build:ui makes it anew', async () => {
  const fresh = await mkdtemp(path.join(tmpdir(), 'detour-page-'));
  try {
    await mustRun([
      process.execPath,
      'node_modules/vite/bin/vite.js',
      'build',
      'src/ui',
      '--outDir',
      fresh,
      '--logLevel',
      'error',
    ]);

    const built = await contents(fresh);
    expect(Object.keys(built).length).toBeGreaterThan(3);
    expect(built).toEqual(await contents(kept));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
});

it('the page stays small enough for a bad line', async () => {
  const files = await contents(kept);

  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  expect(bytes).toBeLessThan(100_000);
});
