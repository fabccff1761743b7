import { Command, CommanderError } from 'commander';
import { errorChain } from '../lib/errors.ts';
import { defaultUrl, openClient } from './client.ts';
import type { ClientCommand } from './client-command.ts';
import { addClientCommands } from './client-commands.ts';
import type { ClientFlags, CommandContext, CommandLine } from './command-context.ts';
import { CommandFailure, type Io, UsageError } from './io.ts';
import { addRunCommands } from './run-commands.ts';
import { createToken } from './token-command.ts';
import { wrapped } from './wrap.ts';

const epilogue = `
Each flag has a variable: --config.file is DETOUR_CONFIG_FILE,
--web.listen-address is DETOUR_WEB_LISTEN_ADDRESS, and so on; the flag beats the
variable, the variable beats the file.
Exit codes: 0 done, 1 failed, 2 wrong usage.

First steps:
  detour serve                            the quick start: all on loopback
  detour check-config --config.file=FILE  is the configuration right?
  detour plan --config.file=FILE          which lines would the routers get?
  detour status                           how do the sites stand?
  detour why SITE                         and why?
`;

function describe(program: Command, { version, io }: CommandLine): void {
  program
    .name('detour')
    .description(
      'Sees a hosted website fail, diverts its address to a notice server, tells every visitor, and puts the route back.',
    )
    .version(`detour ${version} (node ${process.versions.node})`, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addHelpText('after', epilogue)
    .showHelpAfterError('(add --help for how to call it)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
}

async function runClient(
  { io, env }: CommandLine,
  command: ClientCommand,
  flags: ClientFlags,
): Promise<number> {
  const tokenFile = flags['token.file'] ?? env.tokenFile;
  const client = openClient({
    url: flags.url ?? env.url ?? defaultUrl,
    ...(tokenFile === undefined ? {} : { tokenFile }),
  });
  const tell = (words: string): void => void io.stderr.write(words);
  const outcome = await command({ client, language: env.language, tell });
  const text =
    flags.json === true
      ? `${JSON.stringify(outcome.json, null, 2)}\n`
      : wrapped(outcome.text, io.stdout.columns);
  io.stdout.write(text);
  return outcome.isBad === true ? 1 : 0;
}

function addTokenCommands(program: Command, { io, finish }: CommandContext): void {
  program.commandsGroup('Other:');
  const token = program.command('token').description('make tokens for the API');
  token
    .command('create')
    .description('make a token; prints it once, and the line that lets it in')
    .requiredOption('--name <name>', 'who uses it; stands in the audit')
    .requiredOption('--role <role>', 'viewer, operator, approver or admin')
    .option('--json', 'print JSON')
    .action((flags: { readonly name: string; readonly role: string; readonly json?: boolean }) => {
      finish(createToken(flags, io));
    });
}

function exitCodeOf(error: unknown, io: Io): number {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong already, and asks for 0 after --help and --version.
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof UsageError) {
    io.stderr.write(`${error.message}\n`);
    return 2;
  }
  const isExpected = error instanceof CommandFailure;
  io.stderr.write(`${isExpected ? error.message : errorChain(error)}\n`);
  return 1;
}

/** Runs one command line and resolves with its exit code: 0 done, 1 failed, 2 wrong usage. Never rejects. */
export async function runCommandLine(args: readonly string[], line: CommandLine): Promise<number> {
  let exitCode = 0;
  const finish = (code: number): void => {
    exitCode = code;
  };
  const program = new Command();
  describe(program, line);
  const context: CommandContext = {
    ...line,
    finish,
    runClient: async (command, flags) => finish(await runClient(line, command, flags)),
  };
  addRunCommands(program, context);
  addClientCommands(program, context);
  addTokenCommands(program, context);
  try {
    if (args.length === 0) {
      line.io.stderr.write(program.helpInformation());
      return 2;
    }
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, line.io);
  }
}
