import { spawn } from 'node:child_process';
import { DetourError } from '../lib/errors.ts';
import { second } from '../lib/time.ts';

/** The two programs through which a notice host is prepared. Both reject with DETOUR_HOST_FAILED and the program's own words. */
export interface HostTools {
  ip(args: readonly string[], input?: string): Promise<string>;
  nft(args: readonly string[], input?: string): Promise<string>;
}

/** Thousands of routes take a fraction of a second; past this the program hangs. */
const withinMs = 10 * second;
/** The listing of 20,000 addresses is far smaller. */
const maxOutputBytes = 16 * 1024 * 1024;
/** Service managers often leave /usr/sbin out. */
const searchPath = '/usr/sbin:/sbin:/usr/bin:/bin';

function failed(name: string, why: string, cause?: unknown): DetourError {
  const remedy = /not permitted|permission denied/i.test(why)
    ? ': it needs CAP_NET_ADMIN (run it as root, or give the service that capability)'
    : '';
  return new DetourError(`${name} failed on this host${remedy}`, {
    code: 'DETOUR_HOST_FAILED',
    detail: why,
    cause: cause ?? new Error(why),
  });
}

function call(name: 'ip' | 'nft', args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, [...args], {
      env: { PATH: searchPath, LC_ALL: 'C' },
      timeout: withinMs,
    });
    const output: Buffer[] = [];
    const complaint: Buffer[] = [];
    let bytes = 0;
    const keep =
      (kept: Buffer[]) =>
      (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes <= maxOutputBytes) {
          kept.push(chunk);
        } else {
          child.kill();
        }
      };
    child.stdout.on('data', keep(output));
    child.stderr.on('data', keep(complaint));
    // A program that ends early breaks the pipe; its exit code tells the story.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => reject(failed(name, error.message, error)));
    child.on('close', (code, signal) => {
      if (code === 0) {
        resolve(Buffer.concat(output).toString());
        return;
      }
      const words = Buffer.concat(complaint).toString().trim();
      reject(failed(name, words === '' ? `ended with ${code ?? signal}` : words));
    });
    child.stdin.end(input);
  });
}

/** The programs of this host. */
export const systemTools: HostTools = {
  ip: (args, input = '') => call('ip', args, input),
  nft: (args, input = '') => call('nft', args, input),
};
