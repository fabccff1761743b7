import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { until } from './until.ts';

/** As much of a daemon's output as a failed test needs to show. */
const keptCharacters = 200_000;

export interface DaemonOptions {
  readonly folder?: string;
  /** Called with each whole line of standard output. */
  readonly onLine?: (line: string) => void;
  /** Called with each whole line of standard error. */
  readonly onErrorLine?: (line: string) => void;
}

/** A process that runs until it is told to stop, known by its process id. */
export class Daemon implements AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #output = '';
  #hasEnded = false;

  constructor(name: string, argv: readonly string[], options: DaemonOptions = {}) {
    const [file = '', ...args] = argv;
    this.name = name;
    this.#child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.folder === undefined ? {} : { cwd: options.folder }),
    });
    this.#child.on('error', (error) => this.#keep(`${error.message}\n`));
    this.#child.on('exit', () => {
      this.#hasEnded = true;
    });
    this.#child.stdin.on('error', () => undefined);
    for (const [stream, onLine] of [
      [this.#child.stdout, options.onLine],
      [this.#child.stderr, options.onErrorLine],
    ] as const) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => this.#keep(text));
      if (onLine !== undefined) {
        createInterface({ input: stream }).on('line', onLine);
      }
    }
    this.pid = this.#child.pid ?? -1;
    if (this.pid === -1) {
      throw new Error(`Could not start ${name}: ${argv.join(' ')}`);
    }
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The end of what it wrote, both streams together. */
  get output(): string {
    return this.#output;
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) {
      this.#child.kill(signal);
    }
  }

  /** Ends it the hard way and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await until(`${this.name} to be gone`, () => this.#hasEnded, { everyMs: 2 });
  }

  /** Asks it to end, waits a little, then insists. */
  async stop(patienceMs = 5_000): Promise<void> {
    this.signal('SIGTERM');
    await until(`${this.name} to stop`, () => this.#hasEnded, {
      timeoutMs: patienceMs,
      everyMs: 5,
    }).catch(() => this.kill());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #keep(text: string): void {
    this.#output = (this.#output + text).slice(-keptCharacters);
  }
}
