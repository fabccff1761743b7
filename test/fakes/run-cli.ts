import { execFile } from 'node:child_process';
import { compileCache } from '../support/compile-cache.ts';

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `detour` as a child process, with this environment and no other; Node itself is told where it keeps compiled code. */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['bin/detour.js', ...args],
      { env: { TZ: 'UTC', NODE_COMPILE_CACHE: compileCache, ...env }, timeout: 30_000 },
      (_error, stdout, stderr) => {
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}
