import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { PassThrough } from '../core/site.ts';
import { second } from '../lib/time.ts';
import type { RefusalReason } from '../metrics/notice-metrics.ts';
import { HttpReader } from './http-reader.ts';
import { RequestFollower } from './pass-through/request-follower.ts';
import { readPreamble } from './proxy-preamble.ts';
import type { RefusalStatus } from './refusal-answers.ts';
import type { RequestHead } from './request-head.ts';
import type { AdmittedConnection, SessionDesk, Watched } from './session-desk.ts';
import type { SiteNotice } from './site-notice.ts';
import { Visit } from './visit.ts';

/** Unwanted bytes taken after an answer before the connection is cut. */
export const maxLingerBytes = 64 * 1024;

/** Requests on one connection, so that a flood over one connection meets the limits on new ones. */
export const maxRequests = 1_000;

const noBytes = Buffer.alloc(0);

type SessionPhase = 'head' | 'idle' | 'flushing' | 'closing' | 'passing';

/** Why a deadline of a phase closes the session, if that is worth counting. */
const reasonOf: Readonly<Record<SessionPhase, RefusalReason | undefined>> = {
  head: 'header-timeout',
  idle: 'idle-timeout',
  flushing: 'stalled-reader',
  closing: undefined,
  passing: undefined,
};

/** One admitted connection, from accept to close. */
export class Session implements Watched {
  deadlineMs: number;
  slot = -1;
  place = -1;
  readonly #desk: SessionDesk;
  readonly #socket: Socket;
  readonly #visit: Visit;
  readonly #reader: HttpReader;
  /** True while a trusted proxy may still say whom it speaks for. */
  #isPreambleDue: boolean;
  readonly #onChunk = (chunk: Buffer): void => this.#onData(chunk);
  readonly #isPlain: boolean;
  #phase: SessionPhase = 'head';
  #requests = 0;
  #lingerBytes = 0;

  constructor(desk: SessionDesk, connection: AdmittedConnection) {
    const { socket, source, vouched } = connection;
    const isProxied = source === desk.admission.sources.trusted;
    this.#desk = desk;
    this.#socket = socket;
    this.#isPlain = vouched === undefined;
    this.#visit = new Visit(desk, connection);
    // Over TLS it came before the handshake.
    this.#isPreambleDue = isProxied && vouched === undefined;
    this.#reader = new HttpReader(isProxied);
    this.deadlineMs = performance.now() + desk.timeouts.headMs;
  }

  /** Begins to serve the connection. */
  watch(): void {
    this.#desk.ring.watch(this);
    this.#socket.on('data', this.#onChunk);
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
      this.#desk.tally.requestSeconds.observe((doneMs - nowMs) / second);
      nowMs = doneMs;
    }
  }

  /** Sets the deadline while no whole request is there. A head that has begun keeps the deadline it began with. */
  #await(isAnswered: boolean, nowMs: number): void {
    const { idleMs, headMs } = this.#desk.timeouts;
    if (this.#reader.pendingBytes === 0) {
      if (isAnswered) {
        this.#reader.forget();
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
    const acme = head.acmeToken === undefined ? undefined : this.#desk.acme(head.acmeToken);
    const refused = this.#visit.admit(head, notice, nowMs);
    if (refused === undefined && acme === undefined && this.#isPassedOn(head, notice)) {
      return;
    }
    if (refused !== undefined) {
      this.#desk.tally.refused(refused);
    }
    this.#requests += 1;
    const isRefused = refused !== undefined;
    const isClose = isRefused || this.#isLast(head, notice);
    const now = Date.now();
    const answer = acme ?? this.#visit.pick(notice, head, { isClose, isRefused, now });
    if (answer === undefined) {
      this.#socket.destroy();
      return;
    }
    this.#desk.tally.answered(this.#visit.account, answer.status);
    this.#socket.write(answer.bytes(head.isHead, now, notice.retryAfterSeconds(now)));
    if (isClose || acme !== undefined) {
      this.#finish(head.hasBody || this.#reader.pendingBytes > 0);
    } else if (this.#socket.writableLength > 0) {
      this.#awaitFlush(nowMs);
    }
  }

  /** True when the connection ends with this answer. */
  #isLast({ isClose }: RequestHead, { site }: SiteNotice): boolean {
    return (
      isClose ||
      this.#requests >= maxRequests ||
      this.#desk.isStopping ||
      // Over a TLS session of ours nothing can be passed through: the visitor comes anew for that.
      this.#desk.book.originOf(site) !== undefined
    );
  }

  /** True when the site needs no notice: from this request on, the connection is its origin's. */
  #isPassedOn(head: RequestHead, { site }: SiteNotice): boolean {
    const { book, passDesk, tally } = this.#desk;
    const origin = book.originOf(site);
    if (site === undefined || origin === undefined || !this.#isPlain) {
      return false;
    }
    const refused = passDesk.refuse(site);
    if (refused !== undefined) {
      tally.refused(refused);
      return false;
    }
    this.#passOn(head, site, origin);
    return true;
  }

  #passOn(head: RequestHead, site: string, origin: PassThrough): void {
    const { ring, passDesk } = this.#desk;
    this.#phase = 'passing';
    ring.forget(this);
    this.#socket.off('data', this.#onChunk);
    passDesk.pass({
      site,
      origin,
      isTls: false,
      visitor: this.#socket,
      clientAddress: this.#visit.clientAddress,
      first: this.#reader.found,
      rest: this.#reader.pending,
      follower: new RequestFollower(head, (later) => {
        const asked = this.#visit.noticeFor(later).site;
        return asked === site && this.#desk.book.originOf(asked) !== undefined;
      }),
      onUnreachable: () => this.#onUnreachable(head, site),
    });
  }

  /** The origin took nothing: the visitor learns so from us, and never by a success. */
  #onUnreachable(head: RequestHead, site: string): void {
    const notice = this.#desk.book.unreachableNotice(site);
    const now = Date.now();
    const answer = this.#visit.pick(notice, head, { isClose: true, isRefused: false, now });
    if (answer === undefined) {
      this.#socket.destroy();
      return;
    }
    this.#desk.tally.answered(this.#visit.account, answer.status);
    this.#socket.on('data', this.#onChunk);
    this.#socket.write(answer.bytes(head.isHead, now, notice.retryAfterSeconds(now)));
    this.#finish(true);
    this.#socket.resume();
  }

  /** Ends the connection after the last answer. */
  #finish(isUnread: boolean): void {
    this.#phase = 'closing';
    this.#reader.forget();
    const socket = this.#socket;
    if (!isUnread && socket.writableLength === 0) {
      // The kernel has it all: this saves two system calls against `end` on every visitor of a crowd.
      socket.destroy();
      return;
    }
    if (isUnread || this.#isPlain) {
      socket.end();
    } else {
      // Once the kernel has it all, our goodbye included, nothing that the client says is waited for.
      socket.destroySoon();
    }
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
