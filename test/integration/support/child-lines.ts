import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A child process whose lines are kept and can be waited for. */
export class ChildLines implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Set<() => void>();

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#ended = once(this.#child, 'close');
    const { stdout } = this.#child;
    if (stdout !== null) {
      createInterface({ input: stdout }).on('line', (line) => {
        this.lines.push(line);
        this.#wake();
      });
    }
    this.#child.on('close', () => this.#wake());
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Resolves once the lines so far please the question; rejects after ten seconds or when the child has ended without. */
  async until(isEnough: (lines: readonly string[]) => boolean, timeoutMs = 10_000): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isEnough(this.lines)) {
        resolve();
      } else if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        reject(new Error(`The child has ended; its last line: ${this.lines.at(-1)}`));
      }
    };
    const timer = setTimeout(
      () => reject(new Error(`Nothing in ${timeoutMs} ms; the last line: ${this.lines.at(-1)}`)),
      timeoutMs,
    );
    this.#waiting.add(look);
    try {
      look();
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  /** Sends a signal and resolves when every line the child wrote before its end is here. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #wake(): void {
    for (const look of this.#waiting) {
      look();
    }
  }
}
