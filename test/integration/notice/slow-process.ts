import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { openNoticeClient } from '../../../src/adapters/publishers/notice-client.ts';
import type { NoticeControl } from '../../../src/ports/notice-control.ts';
import { type FakeSnapshot, fakeSnapshot, handOver, makeKeys } from '../../fakes/snapshot.ts';
import { Daemon } from '../../support/daemon.ts';
import { slowAnswers } from '../../support/slow-answers.ts';
import { until } from '../../support/until.ts';

const program = path.join(import.meta.dirname, '../../../bin/detour.js');

/** Every answer holds the process up for this long: the capacity of a far slower machine, whatever else this one does. */
export const answerMs = 2;

/** A visitor who has waited this long goes away. */
const patienceMs = 3_000;

/** A notice process of its own, so slow that a test can bring it more visitors than it can take. */
export class SlowProcess implements AsyncDisposable {
  readonly control: NoticeControl;
  readonly port: number;
  readonly #daemon: Daemon;

  private constructor(daemon: Daemon, control: NoticeControl, port: number) {
    this.#daemon = daemon;
    this.control = control;
    this.port = port;
  }

  static async start(folder: string, snapshot: Omit<FakeSnapshot, 'keys'>): Promise<SlowProcess> {
    const keys = makeKeys();
    await handOver(folder, fakeSnapshot({ ...snapshot, keys }), keys);
    const config = path.join(folder, 'notice.yaml');
    const notice = { http: ['127.0.0.1:0'], workers: 1, handover: folder };
    await writeFile(config, JSON.stringify({ notice }));
    const daemon = new Daemon('detour notice', [
      ...[process.execPath, `--import=${slowAnswers(answerMs)}`, program, 'notice'],
      `--config.file=${config}`,
    ]);
    const control = openNoticeClient(path.join(folder, 'notice.sock'));
    // The control socket is there before the listeners are.
    const port = await until(
      'the slow notice process to listen',
      async () => (await control.status(AbortSignal.timeout(1_000))).listening[0]?.port,
      { timeoutMs: 30_000 },
    );
    return new SlowProcess(daemon, control, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
  }
}

/** What became of one visitor. */
export interface Visit {
  readonly atMs: number;
  readonly waitedMs: number;
  /** Empty when the connection was closed with no answer, or the visitor went away. */
  readonly text: string;
}

/** One visitor with a connection of its own. Never rejects. */
function visitOnce(port: number): Promise<Visit> {
  const atMs = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => undefined);
    const timer = setTimeout(() => socket.destroy(), patienceMs);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ atMs, waitedMs: performance.now() - atMs, text });
    });
    socket.write('GET / HTTP/1.1\r\nHost: home01.example.kr\r\nConnection: close\r\n\r\n');
  });
}

/** Visitors who come at a steady pace, whether they are answered or not, until it ends. */
export class Flood {
  readonly #port: number;
  readonly #perSecond: number;
  readonly #visits: Promise<Visit>[] = [];
  readonly #begin = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(port: number, perSecond: number) {
    this.#port = port;
    this.#perSecond = perSecond;
    this.#timer = setInterval(() => this.#bring(), 5);
  }

  /** Resolves with all of them when the last has been answered, was closed, or went away. */
  async end(): Promise<readonly Visit[]> {
    clearInterval(this.#timer);
    return await Promise.all(this.#visits);
  }

  #bring(): void {
    const due = ((performance.now() - this.#begin) * this.#perSecond) / 1_000;
    while (this.#visits.length < due) {
      this.#visits.push(visitOnce(this.#port));
    }
  }
}
