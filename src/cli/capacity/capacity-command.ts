import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, type Io, UsageError } from '../io.ts';
import { proposeLimits } from './propose-limits.ts';
import { readSummary } from './read-summary.ts';

interface CapacityFlags {
  readonly memory: string;
  readonly json?: boolean;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`Could not read ${file}`, { cause: error });
  }
}

function printCapacity(file: string, { memory, json }: CapacityFlags, io: Io): number {
  const memoryGib = Number(memory);
  if (!(memoryGib > 0 && memoryGib <= 1_024)) {
    throw new UsageError(`--memory must be GiB between 0 and 1024; it is "${memory}".`);
  }
  const measured = readSummary(readText(file));
  if (typeof measured === 'string') {
    throw new CommandFailure(
      `${file} is no k6 summary: ${measured}. Make one with: k6 run --summary-export ${file} load/k6/published.ts`,
    );
  }
  const { limits, reasons } = proposeLimits(measured, memoryGib);
  io.stdout.write(
    json === true
      ? `${JSON.stringify({ measured, limits, reasons }, null, 2)}\n`
      : `${reasons.map((reason) => `# ${reason}`).join('\n')}\n${stringify({ limits })}`,
  );
  return 0;
}

/** Adds the command that turns a capacity test into limits. */
export function addCapacityCommand(program: Command, { io, finish }: CommandContext): void {
  program
    .command('capacity <file>')
    .description('turn a k6 summary (--summary-export) into session limits, with the reasons')
    .option('--memory <gib>', 'memory that the notice process may use, in GiB', '1')
    .option('--json', 'print JSON')
    .action((file: string, flags: CapacityFlags) => finish(printCapacity(file, flags, io)));
}
