import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import type { Io } from './io.ts';
import { type RunFlags, type RunOptions, runOptions } from './run-options.ts';

/** What can be done with a notice host. */
export type HostAct = 'plan' | 'apply' | 'check' | 'remove' | 'run';

/** What the wiring offers to `detour host`; resolves with an exit code. */
export interface HostCommands {
  runHost(act: HostAct, options: RunOptions, io: Io): Promise<number>;
}

const acts: readonly (readonly [HostAct, string])[] = [
  ['plan', 'show the exact commands that would prepare this host; changes nothing'],
  ['apply', 'prepare this host for what is diverted now; doing it twice is harmless'],
  ['check', 'name everything that this host lacks; changes nothing'],
  ['remove', 'take away everything that apply and run made, and nothing else'],
  ['run', 'be the helper: follow the snapshot and block sources until stopped (CAP_NET_ADMIN)'],
];

/** Adds the commands that prepare a notice host; `withFlags` adds the flags of commands that read a configuration. */
export function addHostCommands(
  program: Command,
  context: CommandContext,
  withFlags: (command: Command) => Command,
): void {
  const host = program
    .command('host')
    .description('prepare this host to take the packets of diverted addresses');
  for (const [act, description] of acts) {
    withFlags(host.command(act))
      .description(description)
      .action(async (flags: RunFlags) => {
        const options = runOptions(flags, context.env, context.isTerminal);
        const { runHost } = await context.loadHost();
        context.finish(await runHost(act, options, context.io));
      });
  }
}
