import { type ChildProcess, spawn } from 'node:child_process';
import { DetourError } from '../../../lib/errors.ts';
import type {
  DeviceStream,
  ExecOptions,
  ExecResult,
  StreamKind,
  Transport,
} from '../../../ports/transport.ts';
import { openTurnstile } from '../one-at-a-time.ts';
import { openOutput } from '../output.ts';

const place = 'this machine';

/** Opens a transport to this machine itself: each command is run by `/bin/sh -c`, one at a time. */
export function openLocalTransport(): Transport {
  return new LocalTransport();
}

class LocalTransport implements Transport {
  readonly #inTurn = openTurnstile(place);
  readonly #closing = new AbortController();

  async exec(command: string, options: ExecOptions): Promise<ExecResult> {
    const signal = AbortSignal.any([
      options.signal,
      this.#closing.signal,
      AbortSignal.timeout(options.timeoutMs),
    ]);
    return await this.#inTurn(() => run(command, { ...options, signal }));
  }

  async openStream(kind: StreamKind): Promise<DeviceStream> {
    throw new DetourError(`The local transport runs commands and has no ${kind} streams`, {
      code: 'DETOUR_CONFIG_INVALID',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the transport is closed'));
    await this.#inTurn(async () => undefined);
  }
}

function run(command: string, { signal, stdin }: ExecOptions): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(stopped(signal.reason));
      return;
    }
    // A group of its own, so that a time-out ends the shell and whatever it started.
    const child = spawn('/bin/sh', ['-c', command], { detached: true });
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const stop = (error: DetourError): void =>
      settle(() => {
        killGroup(child);
        reject(error);
      });
    const onAbort = (): void => stop(stopped(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    const output = openOutput(place, stop);
    child.stdout.on('data', output.stdout);
    child.stderr.on('data', output.stderr);
    child.on('error', (error) => settle(() => reject(failed(error))));
    child.on('close', (code) => settle(() => resolve(output.result(code))));
    // A command that ends without reading its input breaks the pipe; its exit code tells the story.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin ?? '');
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

const stopped = (cause: unknown): DetourError =>
  new DetourError('The command on this machine did not end in time; it was killed', {
    code: 'DETOUR_TRANSPORT_TIMEOUT',
    retryable: true,
    cause,
  });

const failed = (cause: Error): DetourError =>
  new DetourError('Could not start a command on this machine', {
    code: 'DETOUR_TRANSPORT_CONNECT_FAILED',
    retryable: true,
    cause,
  });
