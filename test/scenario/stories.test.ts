import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toldText } from '../../src/core/record-told.ts';
import { playThrough } from './support/script.ts';
import type { World } from './support/world.ts';

const folder = path.join(import.meta.dirname, 'stories');

const stories = readdirSync(folder)
  .filter((name) => name.endsWith('.in.txt'))
  .map((name) => name.replace('.in.txt', ''))
  .sort();

const support = readFileSync(path.join(import.meta.dirname, 'support/script.ts'), 'utf8');

/** Lines of the record without Korean words, but for what people and devices say in the story or in its world. */
function untold({ commands }: World, script: string): readonly string[] {
  return commands
    .flatMap((command) => (command.type === 'append-audit' ? [command.entry] : []))
    .filter(({ reason, text }) => !/[가-힣]/.test(toldText(reason, text).ko))
    .map(({ text }) => text.replace(/^edge-\d: /, ''))
    .filter((text) => !script.includes(text) && !support.includes(text))
    .filter((text) => !/^the (?:notice|origin) did not come back$/.test(text));
}

describe('stories an operator tells', () => {
  it('are at least twenty-five', () => {
    expect(stories.length).toBeGreaterThanOrEqual(25);
  });

  it.each(stories)('%s', async (name) => {
    const script = readFileSync(path.join(folder, `${name}.in.txt`), 'utf8');

    const world = playThrough(script);

    await expect(`${world.transcript.join('\n')}\n`).toMatchFileSnapshot(
      path.join(folder, `${name}.out.txt`),
    );
    expect(untold(world, script)).toEqual([]);
  });
});
