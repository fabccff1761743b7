import { EventEmitter } from 'node:events';
import type { WorkerReply, WorkerRequest } from '../../src/notice/worker-messages.ts';
import type { WorkerProcess } from '../../src/notice/worker-pool.ts';

/** A worker process that answers when and what a test says, and ends when it is told to. */
export class FakeWorkerProcess extends EventEmitter implements WorkerProcess {
  readonly asked: WorkerRequest[] = [];
  readonly #answer: (request: WorkerRequest) => Omit<WorkerReply, 'id'> | undefined;
  hasEnded = false;

  /** Undefined for a question that never gets an answer. */
  constructor(answer: (request: WorkerRequest) => Omit<WorkerReply, 'id'> | undefined) {
    super();
    this.#answer = answer;
  }

  send(request: WorkerRequest, done: (error: Error | null) => void): void {
    this.asked.push(request);
    done(null);
    const answer = this.#answer(request);
    if (answer !== undefined) {
      queueMicrotask(() => this.emit('message', { id: request.id, ...answer }));
    }
  }

  kill(): void {
    this.#end(null, 'SIGKILL');
  }

  disconnect(): void {
    this.#end(0, null);
  }

  /** Ends as a process that fails does. */
  crash(): void {
    this.#end(1, null);
  }

  #end(code: number | null, signal: string | null): void {
    if (!this.hasEnded) {
      this.hasEnded = true;
      this.emit('exit', code, signal);
    }
  }
}
