import { DetourError } from '../../lib/errors.ts';
import type { ExecResult } from '../../ports/transport.ts';

/** A router's whole answer to one command fits many times; more is a fault or an attack. */
export const outputLimitBytes = 4 * 1024 * 1024;

/** Gathers what a command writes, up to the limit for both streams together. */
export interface Output {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
  result(exitCode: number | null): ExecResult;
}

/** Opens an empty output; `onTooMuch` is called once, with the error, when the limit is passed. */
export function openOutput(place: string, onTooMuch: (error: DetourError) => void): Output {
  const chunks: { readonly stdout: Buffer[]; readonly stderr: Buffer[] } = {
    stdout: [],
    stderr: [],
  };
  let bytes = 0;
  const take =
    (stream: 'stdout' | 'stderr') =>
    (chunk: Buffer): void => {
      const isWithin = bytes <= outputLimitBytes;
      bytes += chunk.length;
      if (bytes <= outputLimitBytes) {
        chunks[stream].push(chunk);
      } else if (isWithin) {
        onTooMuch(
          new DetourError(`${place} answered with more than ${outputLimitBytes} bytes`, {
            code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
          }),
        );
      }
    };
  return {
    stdout: take('stdout'),
    stderr: take('stderr'),
    result: (exitCode) => ({
      stdout: Buffer.concat(chunks.stdout).toString('utf8'),
      stderr: Buffer.concat(chunks.stderr).toString('utf8'),
      exitCode,
    }),
  };
}
