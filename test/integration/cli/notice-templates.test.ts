import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../fakes/run-cli.ts';

const locales = path.join(import.meta.dirname, '../../../src/adapters/publishers/snapshot/locales');

describe('detour check-config, on the words and pages of notices', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'detour-test-'));
    await mkdir(path.join(folder, 'looks', 'locales'), { recursive: true });
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const check = async (notice: string): ReturnType<typeof runCli> => {
    const file = path.join(folder, 'detour.yaml');
    await writeFile(file, `notice: ${notice}\n`);
    return await runCli(['check-config', file]);
  };

  it('names file, line and column of a value that no notice has', async () => {
    await writeFile(
      path.join(folder, 'looks', 'outage.hbs'),
      '<!doctype html>\n<p>{{headin}}</p>\n',
    );

    const { exitCode, stdout } = await check('{ templates: ./looks }');

    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${path.join(folder, 'looks', 'outage.hbs')}:2:`);
    expect(stdout).toContain('headin');
  });

  it('tells them together with everything else that is wrong', async () => {
    await writeFile(path.join(folder, 'looks', 'outage.hbs'), '<p>{{headin}}</p>\n');
    await writeFile(path.join(folder, 'looks', 'locales', 'ja.yaml'), 'language: ja\n');

    const { stdout } = await check('{ templates: ./looks, worker: 2 }\nsite: []');

    for (const problem of ['worker', 'unknown key site', 'headin', 'ja.yaml']) {
      expect(stdout).toContain(problem);
    }
  });

  it('names the language that has no words', async () => {
    const { exitCode, stdout } = await check('{ defaultLanguage: ja }');

    expect(exitCode).toBe(1);
    expect(stdout).toContain('no words in the default language ja');
  });

  it('takes a language that a file adds as the default', async () => {
    const words = path.join(folder, 'looks', 'locales', 'ja.yaml');
    const english = await readFile(path.join(locales, 'en.yaml'), 'utf8');
    await writeFile(words, english.replace(/^language: en$/m, 'language: ja'));

    const { exitCode, stdout } = await check('{ templates: ./looks, defaultLanguage: ja }');

    expect(stdout).toContain('good');
    expect(exitCode).toBe(0);
  });
});
