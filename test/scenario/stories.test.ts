import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { play } from './support/script.ts';

const folder = path.join(import.meta.dirname, 'stories');

const stories = readdirSync(folder)
  .filter((name) => name.endsWith('.in.txt'))
  .map((name) => name.replace('.in.txt', ''))
  .sort();

describe('stories an operator tells', () => {
  it('are at least twenty-five', () => {
    expect(stories.length).toBeGreaterThanOrEqual(25);
  });

  it.each(stories)('%s', async (name) => {
    const script = readFileSync(path.join(folder, `${name}.in.txt`), 'utf8');

    await expect(play(script)).toMatchFileSnapshot(path.join(folder, `${name}.out.txt`));
  });
});
