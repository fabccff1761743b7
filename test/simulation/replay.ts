import process from 'node:process';
import { Simulation } from './simulation.ts';

/** Replays one seed and prints its whole trace: `npm run simulate -- SEED`. */
const seed = Number(process.argv[2] ?? 1);
const simulation = new Simulation({
  seed,
  steps: 2_500,
  trace: (line) => {
    process.stdout.write(`${line}\n`);
  },
});
const { steps, crashes, diversions } = await simulation.run();
process.stdout.write(
  `seed ${seed}: ${steps} steps, ${crashes} crashes, ${diversions} diversions, every promise kept\n`,
);
