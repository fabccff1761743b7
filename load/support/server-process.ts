import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ahead } from './ahead.ts';

/** A server under measurement, on one processor, ended by its process id. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  /** Where it serves HTTPS, if it does. */
  readonly securePort: number;
  readonly #child: ChildProcess;

  /** With `isAhead` it runs before whatever else the machine does, for benches of latency. */
  constructor(argv: readonly string[], port: number, { isAhead = false, securePort = 0 } = {}) {
    const [file = '', ...args] = isAhead
      ? ahead(argv, 0, 'measured')
      : ['taskset', '-c', '0', ...argv];
    this.#child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.port = port;
    this.securePort = securePort;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves when it answers; rejects when it does not within ten seconds. */
  async untilReady(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      try {
        await fetch(this.url, { signal: AbortSignal.timeout(500) });
        return;
      } catch {
        await delay(100);
      }
    }
    throw new Error(`Nothing answers at ${this.url}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
  }
}

/** A port that was free a moment ago, for servers that cannot be asked which one they took. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
