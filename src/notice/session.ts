import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { second } from '../lib/time.ts';
import type { RefusalReason } from '../metrics/notice-metrics.ts';
import type { Admission } from './admission.ts';
import { forwardedClient } from './client-address.ts';
import type { DeadlineRing, Timed } from './deadline-ring.ts';
import { HttpReader } from './http-reader.ts';
import { encodingOrder, formatOrder, languageOrder, remembered } from './negotiation.ts';
import { type NoticeBook, normaliseHost } from './notice-book.ts';
import type { PreparedAnswer } from './prepared-answer.ts';
import { readPreamble } from './proxy-preamble.ts';
import type { RefusalStatus } from './refusal-answers.ts';
import type { RequestHead } from './request-head.ts';
import type { SiteAccount } from './site-account.ts';
import type { SiteNotice } from './site-notice.ts';
import { sourceKey } from './source-key.ts';
import { proxiedKey, type Source } from './source-table.ts';
import type { Tally } from './tally.ts';
import type { Vouched } from './tls/identities.ts';

export interface SessionTimeouts {
  /** From the connection, or the first byte of a later request, to the end of its head. */
  readonly headMs: number;
  /** Between requests. */
  readonly idleMs: number;
  /** For a client to take an answer. */
  readonly stallMs: number;
  /** For bytes that we do not want, after the answer: closing at once would destroy the answer on its way. */
  readonly lingerMs: number;
}

/** Every slow connection is gone within 10 s: browsers on poor links send a head in one or two seconds. */
export const defaultSessionTimeouts: SessionTimeouts = {
  headMs: 5 * second,
  idleMs: 5 * second,
  stallMs: 10 * second,
  lingerMs: second,
};

/** Unwanted bytes taken after an answer before the connection is cut. */
export const maxLingerBytes = 64 * 1024;

/** Requests on one connection, so that a flood over one connection meets the limits on new ones. */
export const maxRequests = 1_000;

/** A connection with a deadline, at whatever stage it is. */
export interface Watched extends Timed {
  /** Cuts it because its deadline is past, and counts why. */
  expire(): void;
  /** Ends it if nobody waits for an answer on it. */
  release(): void;
  /** Ends it whatever it is doing. */
  cut(): void;
}

/** What all sessions of a server share. */
export interface SessionDesk {
  readonly admission: Admission;
  readonly tally: Tally;
  readonly ring: DeadlineRing<Watched>;
  readonly timeouts: SessionTimeouts;
  readonly book: NoticeBook;
  readonly isSmall: boolean;
  readonly isStopping: boolean;
  /** The answer to an ACME challenge, if there is a file for its token. */
  acme(token: string): PreparedAnswer | undefined;
}

/** A connection that admission has let in. */
export interface AdmittedConnection {
  readonly socket: Socket;
  readonly source: Source;
  /** The site it is for, when its address alone told. */
  readonly account?: SiteAccount | undefined;
  /** Whom a trusted proxy has already said it speaks for. */
  readonly client?: Source;
  /** Over TLS: whom the certificate stands for. */
  readonly vouched?: Vouched;
}

const formatsOf = remembered(formatOrder);
const languagesOf = remembered(languageOrder);
const encodingsOf = remembered(encodingOrder);
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
  readonly #source: Source;
  readonly #reader: HttpReader;
  /** True while a trusted proxy may still say whom it speaks for. */
  #isPreambleDue: boolean;
  /** Whom a trusted proxy speaks for. */
  #client: Source | undefined;
  readonly #vouched: Vouched | undefined;
  #phase: SessionPhase = 'head';
  #account: SiteAccount;
  /** The site's limits have been asked; its share of the whole, too. */
  #isEntered = false;
  readonly #isShareChecked: boolean;
  #requests = 0;
  #lingerBytes = 0;

  /** With an account when the site was known before the request: its share was then checked already. */
  constructor(desk: SessionDesk, connection: AdmittedConnection) {
    const { socket, source, account, client, vouched } = connection;
    const isProxied = source === desk.admission.sources.trusted;
    this.#desk = desk;
    this.#socket = socket;
    this.#source = source;
    this.#client = client;
    this.#vouched = vouched;
    // Over TLS it came before the handshake.
    this.#isPreambleDue = isProxied && vouched === undefined;
    this.#reader = new HttpReader(isProxied);
    this.#isShareChecked = account !== undefined;
    this.#account = account ?? desk.admission.account(undefined);
    desk.admission.hold(this.#account);
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
      this.#desk.admission.sources.offence(this.#visitor, performance.now());
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

  get #visitor(): Source {
    return this.#client ?? this.#source;
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
        ? this.#speakFor(preamble.client, performance.now())
        : undefined;
    if (preamble.is === 'broken' || refused !== undefined) {
      this.#desk.tally.refused(refused ?? 'bad-request');
      this.#socket.destroy();
      return false;
    }
    return true;
  }

  /** Counts the session to the client that the proxy names, unless it is the one already. */
  #speakFor(address: string, nowMs: number): RefusalReason | undefined {
    const { admission } = this.#desk;
    if (this.#client?.key === proxiedKey(sourceKey(address))) {
      return;
    }
    this.#leaveClient();
    const client = admission.openClient(address, nowMs);
    if (typeof client === 'string') {
      return client;
    }
    this.#client = client;
    return;
  }

  #leaveClient(): void {
    if (this.#client !== undefined) {
      this.#desk.admission.sources.leave(this.#client);
      this.#client = undefined;
    }
  }

  #refuse({ status, isHead }: { readonly status: RefusalStatus; readonly isHead: boolean }): void {
    if (status === 421) {
      this.#desk.tally.refused('misdirected');
    } else {
      this.#desk.tally.refused('bad-request');
      this.#desk.admission.sources.offence(this.#visitor, performance.now());
    }
    const answer = this.#desk.book.refusal(status);
    if (answer === undefined) {
      this.#socket.destroy();
      return;
    }
    this.#desk.tally.answered(this.#account, status);
    this.#socket.write(answer.bytes(isHead, Date.now(), 0));
    this.#finish(true);
  }

  /** Old clients name no host; TLS or the address then tells. */
  #hostOf({ host }: RequestHead): string {
    return host || (this.#vouched?.serverName ?? this.#socket.localAddress ?? '');
  }

  /** True when the certificate shown does not stand for the host asked for: RFC 9110 7.4 says not to answer in its name. */
  #isMisdirected(host: string, { site }: SiteNotice): boolean {
    if (this.#vouched === undefined) {
      return false;
    }
    const { serverName, site: shown } = this.#vouched;
    return serverName === undefined
      ? shown !== undefined && site !== undefined && site !== shown
      : normaliseHost(host) !== serverName;
  }

  #answer(head: RequestHead, nowMs: number): void {
    const { book, admission, tally } = this.#desk;
    const now = Date.now();
    const host = this.#hostOf(head);
    const notice = book.find(host);
    if (this.#isMisdirected(host, notice)) {
      this.#refuse({ status: 421, isHead: head.isHead });
      return;
    }
    const refused = this.#identify(head, nowMs) ?? this.#enter(notice, nowMs);
    if (refused !== undefined) {
      tally.refused(refused);
    }
    admission.sources.answered(this.#visitor, head.shape);
    this.#requests += 1;
    const isClose =
      head.isClose ||
      refused !== undefined ||
      this.#requests >= maxRequests ||
      this.#desk.isStopping;
    const acme = head.acmeToken === undefined ? undefined : this.#desk.acme(head.acmeToken);
    const answer = acme ?? this.#pick(notice, head, isClose, refused !== undefined);
    if (answer === undefined) {
      this.#socket.destroy();
      return;
    }
    tally.answered(this.#account, answer.status);
    this.#socket.write(answer.bytes(head.isHead, now, notice.retryAfterSeconds(now)));
    if (isClose || acme !== undefined) {
      this.#finish(head.hasBody || this.#reader.pendingBytes > 0);
    } else if (this.#socket.writableLength > 0) {
      this.#awaitFlush(nowMs);
    }
  }

  /**
   * Moves the session to a site's account. A session over the site's limits gets the small page and a close,
   * not silence: the proof that a diversion works must not fail just because its site is flooded.
   */
  #enter({ site }: SiteNotice, nowMs: number): RefusalReason | undefined {
    const { admission } = this.#desk;
    const account = admission.account(site);
    if (account === this.#account && this.#isEntered) {
      return;
    }
    const isShareChecked = account === this.#account && this.#isShareChecked;
    admission.leave(this.#account);
    admission.hold(account);
    this.#account = account;
    this.#isEntered = true;
    return admission.refuse(account, nowMs, isShareChecked);
  }

  /** Learns from a trusted proxy whose request this is. Without a word from it, the proxy speaks for itself. */
  #identify({ forwardedFor }: RequestHead, nowMs: number): RefusalReason | undefined {
    if (forwardedFor === undefined) {
      return;
    }
    const { admission } = this.#desk;
    const client = forwardedClient(forwardedFor, (hop) => admission.isTrustedProxy(hop));
    return client === undefined ? undefined : this.#speakFor(client, nowMs);
  }

  #pick(
    notice: SiteNotice,
    head: RequestHead,
    isClose: boolean,
    isRefused: boolean,
  ): PreparedAnswer | undefined {
    return notice.answer(
      {
        formats: formatsOf(head.accept),
        languages: languagesOf(head.acceptLanguage),
        encodings: encodingsOf(head.acceptEncoding),
        isSmall: isRefused || this.#desk.isSmall,
        isPost: head.isPost,
        isClose,
      },
      Date.now(),
    );
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
    const { admission, ring } = this.#desk;
    ring.forget(this);
    this.#leaveClient();
    admission.leave(this.#account);
    admission.close(this.#source);
  }
}
