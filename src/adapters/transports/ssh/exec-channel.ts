import type { Client, ClientChannel } from 'ssh2';
import { DetourError } from '../../../lib/errors.ts';
import type { ExecOptions, ExecResult } from '../../../ports/transport.ts';
import { openOutput } from '../output.ts';

/** Runs one command on an open connection; rejects with DETOUR_TRANSPORT_LOST when the connection ends first. */
export function execOnChannel(
  client: Client,
  command: string,
  options: Pick<ExecOptions, 'stdin' | 'signal'> & { readonly place: string },
): Promise<ExecResult> {
  const { place, signal, stdin } = options;
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      client.off('close', onLost);
      client.off('error', onLost);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onLost = (error?: Error): void => settle(() => reject(lost(place, error)));
    const onAbort = (): void => settle(() => reject(stopped(place, signal.reason)));
    client.on('close', onLost);
    client.on('error', onLost);
    signal.addEventListener('abort', onAbort, { once: true });
    const onChannel = (channel: ClientChannel): void => {
      const output = openOutput(place, (error) => settle(() => reject(error)));
      let exitCode: number | null = null;
      channel.on('exit', (code: number | null) => {
        exitCode = typeof code === 'number' ? code : null;
      });
      channel.on('data', output.stdout);
      channel.stderr.on('data', output.stderr);
      // A far side that is gone is told by the close of the connection; the channel's own word adds nothing.
      channel.on('error', () => undefined);
      channel.on('close', () => settle(() => resolve(output.result(exitCode))));
      channel.end(stdin ?? '');
    };
    try {
      client.exec(command, (error, channel) => {
        if (error === undefined) {
          onChannel(channel);
        } else {
          onLost(error);
        }
      });
    } catch (error) {
      onLost(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

const lost = (place: string, cause?: Error): DetourError =>
  new DetourError(`The connection to ${place} was lost before the answer was whole`, {
    code: 'DETOUR_TRANSPORT_LOST',
    retryable: true,
    cause,
  });

const stopped = (place: string, cause: unknown): DetourError =>
  new DetourError(`No whole answer from ${place} in time; the command may still take effect`, {
    code: 'DETOUR_TRANSPORT_TIMEOUT',
    retryable: true,
    cause,
  });
