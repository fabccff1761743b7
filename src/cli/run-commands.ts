import type { Command } from 'commander';
import { addCapacityCommand } from './capacity/capacity-command.ts';
import type { CommandContext } from './command-context.ts';
import { addHostCommands } from './host-command.ts';
import { UsageError } from './io.ts';
import {
  type AppCommands,
  type NoticeCommands,
  type RunFlags,
  type RunOptions,
  runOptions,
} from './run-options.ts';

type Run = Exclude<keyof AppCommands, 'runVantage'> | keyof NoticeCommands;

const runs: readonly (readonly [string, string, Run])[] = [
  ['serve', 'run both planes on this machine; with no configuration, the quick start', 'runServe'],
  ['controller', 'run the control plane alone: probes, decisions, routes, API', 'runController'],
  ['notice', 'run the notice plane alone: it needs neither controller nor store', 'runNotice'],
  ['demo', 'play one outage on the quick start and print what happened when', 'runDemo'],
  ['plan', 'show the exact lines each router would get; changes nothing', 'runPlan'],
  ['doctor', 'check that this host has what Detour needs; changes nothing', 'runDoctor'],
];

function withConfigFile(command: Command): Command {
  return command.option(
    '--config.file <file>',
    'configuration file in YAML (env DETOUR_CONFIG_FILE)',
  );
}

function withRunFlags(command: Command): Command {
  return withConfigFile(command)
    .option(
      '--web.listen-address <host:port>',
      'where the API, the page and /metrics listen (env DETOUR_WEB_LISTEN_ADDRESS)',
    )
    .option('--data.folder <folder>', 'journal, keys and hand-over (env DETOUR_DATA_FOLDER)')
    .option('--log.level <level>', 'debug, info, warn or error (env DETOUR_LOG_LEVEL)')
    .option('--log.format <format>', 'json or text (env DETOUR_LOG_FORMAT)');
}

function addRuleCommands(program: Command, context: CommandContext): void {
  const { env, io, finish, loadRules } = context;
  const configFileOf = (flags: RunFlags): string | undefined =>
    flags['config.file'] ?? env.configFile;
  withConfigFile(program.command('check-config [file]'))
    .description('check the whole configuration; every error at once, with its place and remedy')
    .action(async (file: string | undefined, flags: RunFlags) => {
      const rules = await loadRules();
      finish(await rules.checkConfig({ configFile: file ?? configFileOf(flags) }, io));
    });
  const rules = program.command('rules').description('check and test rules');
  withConfigFile(rules.command('check [files...]'))
    .description('check rule files, or those of the configuration')
    .action(async (files: readonly string[], flags: RunFlags) => {
      const commands = await loadRules();
      finish(await commands.rulesCheck({ files, configFile: configFileOf(flags) }, io));
    });
  withConfigFile(rules.command('test [files...]'))
    .description('run rule tests (*.test.yaml), or those beside the rules of the configuration')
    .action(async (files: readonly string[], flags: RunFlags) => {
      const commands = await loadRules();
      finish(await commands.rulesTest({ files, configFile: configFileOf(flags) }, io));
    });
}

interface VantageFlags extends RunFlags {
  readonly url?: readonly string[];
  readonly 'token.file'?: string;
}

function addVantageCommand(program: Command, context: CommandContext): void {
  const { env, io, finish, isTerminal, loadApp } = context;
  program
    .command('vantage <name>')
    .description('probe from another place, and report to the controllers')
    .option('--url <url...>', 'every controller (env DETOUR_URL)')
    .option('--token.file <file>', 'file with the token of its name (env DETOUR_TOKEN_FILE)')
    .option('--log.level <level>', 'debug, info, warn or error (env DETOUR_LOG_LEVEL)')
    .option('--log.format <format>', 'json or text (env DETOUR_LOG_FORMAT)')
    .action(async (name: string, flags: VantageFlags) => {
      const { logLevel, logFormat } = runOptions(flags, env, isTerminal);
      const urls = flags.url ?? (env.url === undefined ? [] : [env.url]);
      const tokenFile = flags['token.file'] ?? env.tokenFile;
      if (urls.length === 0 || tokenFile === undefined) {
        throw new UsageError(
          'A vantage needs --url (or DETOUR_URL) of every controller and --token.file (or DETOUR_TOKEN_FILE). "detour token create --name NAME --role viewer" makes a token; vantages: in the configuration names it.',
        );
      }
      const app = await loadApp();
      finish(await app.runVantage({ name, urls, tokenFile, logLevel, logFormat }, io));
    });
}

async function carryOut(run: Run, options: RunOptions, context: CommandContext): Promise<number> {
  if (run === 'runNotice') {
    const { runNotice } = await context.loadNotice();
    return await runNotice(options, context.io);
  }
  const app = await context.loadApp();
  return await app[run](options, context.io);
}

/** Adds the commands that run Detour, and those that tell before it acts. */
export function addRunCommands(program: Command, context: CommandContext): void {
  program.commandsGroup('Run it, and look before it acts:');
  for (const [name, description, run] of runs) {
    withRunFlags(program.command(name))
      .description(description)
      .action(async (flags: RunFlags) => {
        const options = runOptions(flags, context.env, context.isTerminal);
        context.finish(await carryOut(run, options, context));
      });
  }
  addVantageCommand(program, context);
  addRuleCommands(program, context);
  addHostCommands(program, context, withRunFlags);
  addCapacityCommand(program, context);
}
