import type { Io } from '../cli/io.ts';
import type { RunOptions } from '../cli/run-options.ts';
import { DetourError, errorChain } from '../lib/errors.ts';

/** Says what went wrong so that a person can act on it; the exit code. */
export function fail(io: Io, error: unknown): number {
  io.stderr.write(`detour: ${errorChain(error)}\n`);
  if (error instanceof DetourError && error.detail !== undefined) {
    io.stderr.write(`${error.detail}\n`);
  }
  return 1;
}

/** The configuration file; throws DETOUR_CONFIG_UNREADABLE when none was given. */
export function needFile(options: RunOptions): string {
  if (options.configFile === undefined) {
    throw new DetourError(
      'No configuration was given: pass --config.file=detour.yaml (examples/detour.yaml is one to begin with)',
      { code: 'DETOUR_CONFIG_UNREADABLE' },
    );
  }
  return options.configFile;
}
