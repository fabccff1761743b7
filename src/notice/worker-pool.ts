import { fork } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DetourError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import { noticeNodeFlags } from './node-flags.ts';
import type { Listening } from './notice-service.ts';
import type { TicketKeys } from './tls/ticket-keys.ts';
import { type WorkerRequest, type WorkerSetup, workerReply } from './worker-messages.ts';

/** A worker that does not answer within this is treated as not there. */
const replyWithinMs = 5 * second;
/** One that begins may take longer: a busy machine needs seconds to start a process. */
const startWithinMs = 30 * second;
/** Pause before a worker that ended is replaced, so that a broken one does not take the processor. */
const replaceAfterMs = second;

type Ask = WorkerRequest extends infer Request
  ? Request extends WorkerRequest
    ? Omit<Request, 'id'>
    : never
  : never;

/** A process as far as the pool has to do with it. */
export interface WorkerProcess extends Pick<EventEmitter, 'on' | 'once'> {
  send(request: WorkerRequest, done: (error: Error | null) => void): unknown;
  kill(signal: 'SIGKILL'): unknown;
  disconnect(): void;
}

function forkWorker(): WorkerProcess {
  const entry = new URL(`./notice-worker${extname(import.meta.url)}`, import.meta.url);
  return fork(entry, {
    execArgv: [...noticeNodeFlags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** One worker process and the questions put to it. */
class Worker {
  readonly child: WorkerProcess;
  readonly #startWithinMs: number;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  constructor(child: WorkerProcess, startWithin: number) {
    this.child = child;
    this.#startWithinMs = startWithin;
    this.child.on('message', (message) => this.#onMessage(message));
    this.child.on('exit', () => this.#failAll('ended'));
    this.child.on('error', () => this.#failAll('could not be started'));
  }

  async ask(ask: Ask): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    const timer = setTimeout(
      () => this.#settle(id, { problem: 'did not answer in time' }),
      ask.act === 'start' ? this.#startWithinMs : replyWithinMs,
    );
    try {
      this.child.send({ id, ...ask }, (error) => {
        if (error !== null) {
          this.#settle(id, { problem: error.message });
        }
      });
      return await answer.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #onMessage(message: unknown): void {
    const reply = workerReply.safeParse(message);
    if (reply.success) {
      this.#settle(reply.data.id, reply.data);
    }
  }

  #settle(
    id: number,
    { value, problem }: { readonly value?: unknown; readonly problem?: string | undefined },
  ): void {
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (problem === undefined) {
      answer?.resolve(value);
    } else {
      answer?.reject(
        new DetourError(`A notice worker failed: ${problem}`, {
          code: 'DETOUR_NOTICE_NOT_LIVE',
          retryable: true,
        }),
      );
    }
  }

  #failAll(problem: string): void {
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id, { problem });
    }
  }
}

const keyText = (key: Buffer): string => key.toString('base64');

export interface WorkerPoolOptions {
  readonly count: number;
  readonly setup: Omit<WorkerSetup, 'name' | 'http' | 'https' | 'ticketKeys'>;
  readonly ticketKeys: TicketKeys;
  readonly log: Log;
  /** Starts a process that answers as `notice-worker.ts` does; that one unless said. */
  readonly fork?: () => WorkerProcess;
  readonly startWithinMs?: number;
  readonly replaceAfterMs?: number;
}

/** The worker processes beside the main one. A worker that ends unasked is replaced. */
export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<Worker>();
  /** Those that have not yet said that they serve. */
  readonly #starting = new Set<Worker>();
  #listening: Listening = { http: [], https: [] };
  #ticketKeys: readonly string[];
  #isStopping = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#ticketKeys = options.ticketKeys.map(keyText);
  }

  /** Hands new ticket keys to every worker, those that start later included. Resolves when all that live have them. */
  async useTicketKeys(keys: TicketKeys): Promise<void> {
    const ticketKeys = keys.map(keyText);
    this.#ticketKeys = ticketKeys;
    await Promise.all(
      [...this.#workers].map((worker) =>
        worker.ask({ act: 'tickets', ticketKeys: [...ticketKeys] }),
      ),
    );
  }

  /** Resolves when all serve on these addresses, but for those that do not start: they are tried again, and the others serve meanwhile. */
  async start(listening: Listening): Promise<void> {
    this.#listening = listening;
    await Promise.all(
      Array.from({ length: this.#options.count }, (_, index) =>
        this.#tryToOpen(`notice-${index + 1}`),
      ),
    );
  }

  /** Puts one question to every worker that lives. */
  async ask(act: 'status' | 'metrics' | 'refresh'): Promise<readonly unknown[]> {
    return await Promise.all([...this.#workers].map((worker) => worker.ask({ act })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    for (const { child } of this.#starting) {
      child.kill('SIGKILL');
    }
    await Promise.all(
      [...this.#workers].map(async ({ child }) => {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        // Ending the channel is the order to stop; a worker that has not within its own five seconds is killed.
        child.disconnect();
        const timer = setTimeout(() => child.kill('SIGKILL'), replyWithinMs + second);
        await ended;
        clearTimeout(timer);
      }),
    );
  }

  async #open(name: string): Promise<void> {
    const { fork: start = forkWorker, startWithinMs: within = startWithinMs } = this.#options;
    const worker = new Worker(start(), within);
    worker.child.once('exit', (code, signal) => {
      this.#workers.delete(worker);
      void this.#onExit(name, code, signal);
    });
    this.#starting.add(worker);
    try {
      await worker.ask({
        act: 'start',
        setup: {
          ...this.#options.setup,
          name,
          http: [...this.#listening.http],
          https: [...this.#listening.https],
          ticketKeys: [...this.#ticketKeys],
        },
      });
    } catch (error) {
      // Its end brings the next try; one that woke up later would serve with nobody knowing of it.
      worker.child.kill('SIGKILL');
      throw error;
    } finally {
      this.#starting.delete(worker);
    }
    this.#workers.add(worker);
  }

  async #tryToOpen(name: string): Promise<void> {
    await this.#open(name).catch((err: unknown) => {
      this.#options.log.error({ worker: name, err }, 'Notice worker could not be started');
    });
  }

  async #onExit(name: string, code: number | null, signal: string | null): Promise<void> {
    if (this.#isStopping) {
      return;
    }
    const { log } = this.#options;
    log.error({ worker: name, exitCode: code, signal }, 'Notice worker ended, starting another');
    await delay(this.#options.replaceAfterMs ?? replaceAfterMs);
    if (!this.#isStopping) {
      await this.#tryToOpen(name);
    }
  }
}
