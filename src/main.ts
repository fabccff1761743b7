import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { runCommandLine } from './cli/program.ts';
import { readEnv } from './config/env.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

// A reader that has seen enough (`detour status | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  io: { stdout: process.stdout, stderr: process.stderr },
  env: readEnv(),
  isTerminal: process.stderr.isTTY,
  version,
  loadApp: () => import('./app.ts'),
  loadNotice: () => import('./app/notice-plane.ts'),
  loadRules: () => import('./app/rule-commands.ts'),
  loadHost: () => import('./app/host/host-commands.ts'),
});
