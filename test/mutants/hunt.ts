import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { play } from '../scenario/support/script.ts';
import { Simulation } from '../simulation/simulation.ts';

/** Seeds that are played before a mutant is said to have survived the simulation. */
const seeds = 25;

/** What found an error: a seed of the simulation with the promise it broke, or a story that went another way. */
export interface Find {
  readonly by: string;
  readonly saw: string;
}

/** The first line says it; what follows is the way there. */
function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1).join('');
}

async function bySimulation(): Promise<Find | undefined> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    try {
      await new Simulation({ seed, steps: 2_500 }).run();
    } catch (error) {
      return { by: `seed ${seed}`, saw: wordsOf(error) };
    }
  }
  return undefined;
}

function storyGoesWrong(file: string): string | undefined {
  const expected = file.replace('.in.txt', '.out.txt');
  try {
    const isSame =
      existsSync(expected) && play(readFileSync(file, 'utf8')) === readFileSync(expected, 'utf8');
    return isSame ? undefined : 'the transcript differs';
  } catch (error) {
    return wordsOf(error);
  }
}

function byStory(): Find | undefined {
  const folder = path.join(import.meta.dirname, '../scenario/stories');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.in.txt'))) {
    const saw = storyGoesWrong(path.join(folder, name));
    if (saw !== undefined) {
      return { by: `story ${name.replace('.in.txt', '')}`, saw };
    }
  }
  return undefined;
}

// Stories take a second and the simulation minutes, so the stories look first.
const found = byStory() ?? (await bySimulation());
process.stdout.write(`${JSON.stringify(found ?? {})}\n`);
