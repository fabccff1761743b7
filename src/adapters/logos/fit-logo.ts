import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { DetourError } from '../../lib/errors.ts';
import { type IsInstalled, isInstalled } from '../../lib/installed.ts';
import { second } from '../../lib/time.ts';
import type { FitLogo } from '../../ports/fit-logo.ts';

const child = fileURLToPath(new URL('fit-logo-child.ts', import.meta.url));
const inRoot = (name: string): string =>
  fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** A picture of the largest size takes well under a second; past this it was made to take long. */
const withinMs = 10 * second;

/** Nothing but the program and its libraries can be read; nothing can be started or written, and no secret is inherited. */
const confined = [
  '--permission',
  '--allow-addons',
  ...[child, inRoot('package.json'), inRoot('node_modules')].map(
    (readable) => `--allow-fs-read=${readable}`,
  ),
  '--no-warnings',
];

const failed = (why: string): DetourError =>
  new DetourError(`The picture could not be made smaller: ${why}`, {
    code: 'DETOUR_LOGO_UNUSABLE',
  });

/** Makes the program that fits logos, where the optional package sharp is there. Each picture is read by a process of its own. */
export function openLogoFitter(isThere: IsInstalled = isInstalled): FitLogo | undefined {
  if (!isThere('sharp')) {
    return undefined;
  }
  return async (picture, maxBytes) => {
    const program = spawn(process.execPath, [...confined, child, String(maxBytes)], {
      env: {},
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: withinMs,
      killSignal: 'SIGKILL',
    });
    // It may end before it has read everything.
    program.stdin.on('error', () => undefined);
    program.stdin.end(picture);
    const [small, words, [code]] = await Promise.all([
      buffer(program.stdout),
      text(program.stderr),
      once(program, 'close'),
    ]);
    if (code !== 0) {
      const [line = ''] = words.trim().split('\n');
      throw failed(code === null ? `it took longer than ${withinMs / second} s` : line);
    }
    return small;
  };
}
