import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { second } from '../lib/time.ts';
import type { RefusalReason } from '../metrics/notice-metrics.ts';
import { HttpReader } from './http-reader.ts';
import { readPreamble } from './proxy-preamble.ts';
import type { RefusalStatus } from './refusal-answers.ts';
import type { RequestHead } from './request-head.ts';
import type { AdmittedConnection, SessionDesk, Watched } from './session-desk.ts';
import { Visit } from './visit.ts';

/** Unwanted bytes taken after an answer before the connection is cut. */
export const maxLingerBytes = 64 * 1024;

/** Requests on one connection, so that a flood over one connection meets the limits on new ones. */
export const maxRequests = 1_000;

const noBytes = Buffer.alloc(0);

type SessionPhase = 'head' | 'idle' | 'flushing' | 'closing';

/** Why a deadline of a phase closes the session, if that is worth counting. */
const reasonOf: Readonly<Record<SessionPhase, RefusalReason | undefined>> = {
  head: 'header-timeout',
  idle: 'idle-timeout',
  flushing: 'stalled-reader',
  closing: undefined,
};

/** One admitted connection, from accept to close. */
export class Session implements Watched {
  deadlineMs: number;
  slot = -1;
  readonly #desk: SessionDesk;
  readonly #socket: Socket;
  readonly #visit: Visit;
  readonly #reader: HttpReader;
  /** True while a trusted proxy may still say whom it speaks for. */
  #isPreambleDue: boolean;
  #phase: SessionPhase = 'head';
  #requests = 0;
  #lingerBytes = 0;

  constructor(desk: SessionDesk, connection: AdmittedConnection) {
    const { socket, source, vouched } = connection;
    const isProxied = source === desk.admission.sources.trusted;
    this.#desk = desk;
    this.#socket = socket;
    this.#visit = new Visit(desk, connection);
    // Over TLS it came before the handshake.
    this.#isPreambleDue = isProxied && vouched === undefined;
    this.#reader = new HttpReader(isProxied);
    this.deadlineMs = performance.now() + desk.timeouts.headMs;
  }

  /** Begins to serve the connection. */
  watch(): void {
    this.#desk.ring.watch(this);
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#socket.on('close', () => this.#onClose());
    // A reset is news to nobody; `close` follows.
    this.#socket.on('error', () => this.#socket.destroy());
  }

  expire(): void {
    const reason = reasonOf[this.#phase];
    if (reason !== undefined) {
      this.#desk.tally.refused(reason);
    }
    // Browsers open connections ahead and never use them; none begins a head and leaves it there.
    if (this.#phase === 'flushing' || (this.#phase === 'head' && this.#reader.pendingBytes > 0)) {
      this.#visit.offence(performance.now());
    }
    this.#socket.destroy();
  }

  /** One that is being answered ends with its answer. */
  release(): void {
    if (this.#phase === 'idle' || (this.#phase === 'head' && this.#reader.pendingBytes === 0)) {
      this.#socket.destroy();
    }
  }

  cut(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#phase === 'closing') {
      this.#lingerBytes += chunk.length;
      if (this.#lingerBytes > maxLingerBytes) {
        this.#socket.destroy();
      }
      return;
    }
    this.#reader.push(chunk);
    try {
      if (this.#isPreambleDue && !this.#passPreamble()) {
        return;
      }
      this.#serve();
    } catch (error) {
      // Whatever a visitor manages to break, it is this one connection.
      this.#desk.tally.failed(error);
      this.#socket.destroy();
    }
  }

  /** Answers every whole request there is, in order, as long as the client takes the answers. */
  #serve(): void {
    const startMs = performance.now();
    let nowMs = startMs;
    let isAnswered = false;
    while (this.#phase === 'head' || this.#phase === 'idle') {
      const found = this.#reader.next();
      if (found === undefined) {
        this.#await(isAnswered, nowMs);
        return;
      }
      isAnswered = true;
      if ('status' in found) {
        this.#refuse(found);
      } else {
        this.#answer(found, startMs);
      }
      const doneMs = performance.now();
      this.#desk.tally.observe((doneMs - nowMs) / second);
      nowMs = doneMs;
    }
  }

  /** Sets the deadline while no whole request is there. A head that has begun keeps the deadline it began with. */
  #await(isAnswered: boolean, nowMs: number): void {
    const { idleMs, headMs } = this.#desk.timeouts;
    if (this.#reader.pendingBytes === 0) {
      if (isAnswered) {
        this.#phase = 'idle';
        this.deadlineMs = nowMs + idleMs;
      }
    } else if (isAnswered || this.#phase === 'idle') {
      this.#phase = 'head';
      this.deadlineMs = nowMs + headMs;
    }
  }

  /** Takes the PROXY protocol's preamble off the stream, if there is one. False until that is clear, or when it is over. */
  #passPreamble(): boolean {
    const preamble = readPreamble(this.#reader.pending);
    if (preamble.is === 'unfinished') {
      return false;
    }
    this.#isPreambleDue = false;
    if (preamble.is === 'whole') {
      this.#reader.skip(preamble.bytes);
    }
    const refused =
      preamble.is === 'whole' && preamble.client !== undefined
        ? this.#visit.speakFor(preamble.client, performance.now())
        : undefined;
    if (preamble.is === 'broken' || refused !== undefined) {
      this.#desk.tally.refused(refused ?? 'bad-request');
      this.#socket.destroy();
      return false;
    }
    return true;
  }

  #refuse({ status, isHead }: { readonly status: RefusalStatus; readonly isHead: boolean }): void {
    if (status === 421) {
      this.#desk.tally.refused('misdirected');
    } else {
      this.#desk.tally.refused('bad-request');
      this.#visit.offence(performance.now());
    }
    const answer = this.#desk.book.refusal(status);
    if (answer === undefined) {
      this.#socket.destroy();
      return;
    }
    this.#desk.tally.answered(this.#visit.account, status);
    this.#socket.write(answer.bytes(isHead, Date.now(), 0));
    this.#finish(true);
  }

  #answer(head: RequestHead, nowMs: number): void {
    const notice = this.#visit.noticeFor(head);
    if (this.#visit.isMisdirected(head, notice)) {
      this.#refuse({ status: 421, isHead: head.isHead });
      return;
    }
    const refused = this.#visit.admit(head, notice, nowMs);
    if (refused !== undefined) {
      this.#desk.tally.refused(refused);
    }
    this.#requests += 1;
    const isRefused = refused !== undefined;
    const isLast = this.#requests >= maxRequests || this.#desk.isStopping;
    const isClose = head.isClose || isRefused || isLast;
    const acme = head.acmeToken === undefined ? undefined : this.#desk.acme(head.acmeToken);
    const answer = acme ?? this.#visit.pick(notice, head, { isClose, isRefused });
    if (answer === undefined) {
      this.#socket.destroy();
      return;
    }
    const now = Date.now();
    this.#desk.tally.answered(this.#visit.account, answer.status);
    this.#socket.write(answer.bytes(head.isHead, now, notice.retryAfterSeconds(now)));
    if (isClose || acme !== undefined) {
      this.#finish(head.hasBody || this.#reader.pendingBytes > 0);
    } else if (this.#socket.writableLength > 0) {
      this.#awaitFlush(nowMs);
    }
  }

  /** Ends the connection after the last answer. */
  #finish(isUnread: boolean): void {
    this.#phase = 'closing';
    const socket = this.#socket;
    if (!isUnread && socket.writableLength === 0) {
      // The kernel has it all: this saves two system calls against `end` on every visitor of a crowd.
      socket.destroy();
      return;
    }
    socket.end();
    const { lingerMs, stallMs } = this.#desk.timeouts;
    this.deadlineMs = performance.now() + (isUnread ? lingerMs : stallMs);
    this.#desk.ring.watch(this);
  }

  /** Reads no further until the client has taken what it asked for. */
  #awaitFlush(nowMs: number): void {
    this.#phase = 'flushing';
    this.deadlineMs = nowMs + this.#desk.timeouts.stallMs;
    this.#socket.pause();
    this.#socket.write(noBytes, () => {
      if (this.#phase !== 'flushing' || this.#socket.destroyed) {
        return;
      }
      this.#phase = 'idle';
      this.deadlineMs = performance.now() + this.#desk.timeouts.idleMs;
      this.#desk.ring.watch(this);
      this.#socket.resume();
      this.#onData(noBytes);
    });
  }

  #onClose(): void {
    this.#desk.ring.forget(this);
    this.#visit.leave();
  }
}
