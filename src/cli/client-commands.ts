import type { Command } from 'commander';
import { overrideActions } from '../core/override.ts';
import type { ClientFlags, CommandContext } from './command-context.ts';
import { releaseBrake, showBrakes, verifyAudit } from './estate-commands.ts';
import { breakGlass, mendGlass } from './glass-commands.ts';
import { approve, freeze, order, release, thaw } from './order-commands.ts';
import { readRouter, showRouters } from './router-command.ts';
import { showStatus } from './status-command.ts';
import { explain } from './why-command.ts';

function withClientFlags(command: Command): Command {
  return command
    .option('--url <url>', 'the running controller (env DETOUR_URL; http://127.0.0.1:8600)')
    .option('--token.file <file>', 'file with the token (env DETOUR_TOKEN_FILE)')
    .option('--json', 'print JSON');
}

interface ReasonFlags extends ClientFlags {
  readonly reason: string;
  readonly for?: string;
}

function withReason(command: Command): Command {
  return withClientFlags(command).requiredOption(
    '--reason <text>',
    'why, in one line; it stands in the audit',
  );
}

const orderWords = {
  divert: 'show the notice of a site, whatever its probes say',
  restore: 'show the site itself, whatever its probes say',
  hold: 'leave a site where it stands; no automation acts on it',
} as const;

function addOrderCommands(program: Command, { runClient }: CommandContext): void {
  for (const action of overrideActions) {
    withReason(program.command(`${action} <site>`))
      .description(orderWords[action])
      .option('--for <duration>', 'how long, such as 30m (4h unless said, 72h at most)')
      .action(async (site: string, flags: ReasonFlags) => {
        const { reason, for: length } = flags;
        await runClient(
          order(action, site, { reason, ...(length === undefined ? {} : { for: length }) }),
          flags,
        );
      });
  }
  withClientFlags(program.command('release <site>'))
    .description('end the order about a site: automation decides again')
    .action(async (site: string, flags: ClientFlags) => runClient(release(site), flags));
  withReason(program.command('approve <site>'))
    .description('approve the diversion that a site in mode confirm waits for')
    .action(async (site: string, flags: ReasonFlags) =>
      runClient(approve(site, flags.reason), flags),
    );
  withReason(program.command('freeze'))
    .description('stop all automation')
    .action(async (flags: ReasonFlags) => runClient(freeze(flags.reason), flags));
  withClientFlags(program.command('thaw'))
    .description('let automation act again')
    .action(async (flags: ClientFlags) => runClient(thaw, flags));
}

function addGlassCommands(program: Command, { runClient }: CommandContext): void {
  withReason(program.command('break-glass'))
    .description('carry out orders here although no controller can lead, while the store is away')
    .option('--for <duration>', 'how long (15m unless said, 1h at most)')
    .action(async ({ reason, for: length, ...flags }: ReasonFlags) =>
      runClient(breakGlass({ reason, ...(length === undefined ? {} : { for: length }) }), flags),
    );
  withClientFlags(program.command('mend-glass'))
    .description('end that: no more orders without the lease')
    .action(async (flags: ClientFlags) => runClient(mendGlass, flags));
}

/** Adds the commands that talk to a running controller. */
export function addClientCommands(program: Command, context: CommandContext): void {
  const { runClient } = context;
  program.commandsGroup('Ask and order (they talk to a running controller):');
  withClientFlags(program.command('status'))
    .description('show every site and what holds automation back')
    .action(async (flags: ClientFlags) => runClient(showStatus, flags));
  withClientFlags(program.command('why <site>'))
    .description('tell why a site stands where it stands, and what would change that')
    .action(async (site: string, flags: ClientFlags) => runClient(explain(site), flags));
  withClientFlags(program.command('routers [router]'))
    .description('show every router, or read one now and tell what it lacks')
    .action(async (router: string | undefined, flags: ClientFlags) =>
      runClient(router === undefined ? showRouters : readRouter(router), flags),
    );
  addOrderCommands(program, context);
  addGlassCommands(program, context);
  const brake = program.command('brake').description('guards that hold automation back');
  withClientFlags(brake.command('list'))
    .description('show every brake')
    .action(async (flags: ClientFlags) => runClient(showBrakes, flags));
  withReason(brake.command('release <brake>'))
    .description('let the sites that a brake holds now through')
    .action(async (name: string, flags: ReasonFlags) =>
      runClient(releaseBrake(name, flags.reason), flags),
    );
  const audit = program
    .command('audit')
    .description('the record of everything decided and ordered');
  withClientFlags(audit.command('verify'))
    .description('walk the chain of hashes; exit code 1 if it is broken')
    .action(async (flags: ClientFlags) => runClient(verifyAudit, flags));
}
