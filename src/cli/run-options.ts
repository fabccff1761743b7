import type { Env } from '../config/env.ts';
import { type LogFormat, type LogLevel, logFormats, logLevels } from '../lib/log.ts';
import { type Io, UsageError } from './io.ts';

/** How to run Detour, from flags and variables. */
export interface RunOptions {
  /** Undefined: the quick start. */
  readonly configFile?: string;
  /** `host:port` of the API, the page and /metrics. */
  readonly listenAddress?: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly dataFolder?: string;
}

/** How to run a vantage on another machine: it needs no configuration of its own. */
export interface VantageRunOptions {
  readonly name: string;
  readonly urls: readonly string[];
  readonly tokenFile: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** What the wiring offers to the command line; each resolves with an exit code. */
export interface AppCommands {
  runServe(options: RunOptions, io: Io): Promise<number>;
  runController(options: RunOptions, io: Io): Promise<number>;
  runDemo(options: RunOptions, io: Io): Promise<number>;
  runPlan(options: RunOptions, io: Io): Promise<number>;
  runDoctor(options: RunOptions, io: Io): Promise<number>;
  runVantage(options: VantageRunOptions, io: Io): Promise<number>;
}

/** The notice plane has wiring of its own, which loads nothing of the controller: it is to serve soon after its start. */
export interface NoticeCommands {
  runNotice(options: RunOptions, io: Io): Promise<number>;
}

/** Flags of the commands that run or read a configuration, by their names. */
export interface RunFlags {
  readonly 'config.file'?: string;
  readonly 'web.listenAddress'?: string;
  readonly 'log.level'?: string;
  readonly 'log.format'?: string;
  readonly 'data.folder'?: string;
}

function oneOf<Word extends string>(
  words: readonly Word[],
  value: string,
  name: { readonly flag: string; readonly variable: string },
): Word {
  const word = words.find((known) => known === value);
  if (word === undefined) {
    throw new UsageError(
      `${name.flag} (or ${name.variable}) must be one of ${words.join(', ')}; it is "${value}".`,
    );
  }
  return word;
}

function checkListenAddress(text: string): string {
  const port = /^(?:\[[0-9a-fA-F:.]+\]|[^:[\]\s]*):(\d{1,5})$/.exec(text)?.[1];
  if (port === undefined || Number(port) > 65_535) {
    throw new UsageError(
      `--web.listen-address (or DETOUR_WEB_LISTEN_ADDRESS) must be host:port such as 127.0.0.1:8600 or [::1]:8600; it is "${text}".`,
    );
  }
  return text;
}

/** Joins flags, variables and defaults: flag beats variable; the file comes after both. */
export function runOptions(flags: RunFlags, env: Env, isTerminal: boolean): RunOptions {
  const configFile = flags['config.file'] ?? env.configFile;
  const listenAddress = flags['web.listenAddress'] ?? env.listenAddress;
  const dataFolder = flags['data.folder'] ?? env.dataFolder;
  return {
    logLevel: oneOf(logLevels, flags['log.level'] ?? env.logLevel ?? 'info', {
      flag: '--log.level',
      variable: 'DETOUR_LOG_LEVEL',
    }),
    logFormat: oneOf(
      logFormats,
      flags['log.format'] ?? env.logFormat ?? (isTerminal ? 'text' : 'json'),
      { flag: '--log.format', variable: 'DETOUR_LOG_FORMAT' },
    ),
    ...(configFile === undefined ? {} : { configFile }),
    ...(listenAddress === undefined ? {} : { listenAddress: checkListenAddress(listenAddress) }),
    ...(dataFolder === undefined ? {} : { dataFolder }),
  };
}
