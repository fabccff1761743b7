import { mkdirSync } from 'node:fs';
import type { Io } from '../cli/io.ts';
import type { RunOptions } from '../cli/run-options.ts';
import { environment } from '../config/env.ts';
import { ConfigError, inspectConfigFile } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { type Log, openLog } from '../lib/log.ts';
import { runNotice as serveNotices } from '../notice/run-notice.ts';
import { overlaid } from './command-line.ts';
import { fail, needFile } from './ends.ts';
import { version } from './version.ts';

/**
 * The settings of a file by everything but its routers: those are the controller's matter, and to load their drivers
 * would take longer than all else that a notice process does before its first notice. Throws a ConfigError.
 */
function settingsOf(options: RunOptions, log: Log): Settings {
  const file = needFile(options);
  const { settings, problems } = inspectConfigFile(file, environment());
  if (settings === undefined) {
    throw new ConfigError(file, problems);
  }
  for (const warning of settings.warnings) {
    log.warn({ warning }, 'The configuration has a weak spot');
  }
  return overlaid(settings, options);
}

/** The notice plane alone. */
export async function runNotice(options: RunOptions, io: Io): Promise<number> {
  const log = openLog(options.logLevel, 'detour-notice', options.logFormat);
  try {
    const { notice } = settingsOf(options, log);
    mkdirSync(notice.handover, { recursive: true, mode: 0o750 });
    const { host, snapshot, ...served } = notice;
    await serveNotices({
      ...served,
      ...{ version, log, logLevel: options.logLevel },
      hostSocket: host.socket,
      ...(snapshot === undefined ? {} : { source: snapshot }),
    });
    return 0;
  } catch (error) {
    return fail(io, error);
  }
}
