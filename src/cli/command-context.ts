import type { Env } from '../config/env.ts';
import type { ClientCommand } from './client-command.ts';
import type { HostCommands } from './host-command.ts';
import type { Io } from './io.ts';
import type { RuleCommands } from './rule-commands.ts';
import type { AppCommands, NoticeCommands } from './run-options.ts';

/** What the command line stands on; the heavy parts are loaded only by the commands that need them. */
export interface CommandLine {
  readonly io: Io;
  readonly env: Env;
  /** True when a person reads stderr. */
  readonly isTerminal: boolean;
  readonly version: string;
  readonly loadApp: () => Promise<AppCommands>;
  readonly loadNotice: () => Promise<NoticeCommands>;
  readonly loadRules: () => Promise<RuleCommands>;
  readonly loadHost: () => Promise<HostCommands>;
}

/** Everything a command registration needs; `finish` takes the exit code of the command that ran. */
export interface CommandContext extends CommandLine {
  readonly finish: (exitCode: number) => void;
  /** Runs a client command with the flags of its command line. */
  readonly runClient: (command: ClientCommand, flags: ClientFlags) => Promise<void>;
}

/** Flags of every client command. */
export interface ClientFlags {
  readonly url?: string;
  readonly 'token.file'?: string;
  readonly json?: boolean;
}
