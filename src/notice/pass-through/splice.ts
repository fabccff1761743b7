import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { PassThrough } from '../../core/site.ts';
import { minute, second } from '../../lib/time.ts';
import type { PassEnding } from '../../metrics/notice-metrics.ts';
import type { Watched } from '../session-desk.ts';
import type { PassAccount } from './pass-account.ts';
import type { PassDesk } from './pass-desk.ts';
import { proxyHeader } from './proxy-header.ts';
import type { RequestFollower } from './request-follower.ts';

/** A visitor's connection on its way to the origin of the site that it is for. */
export interface Passage {
  readonly site: string;
  readonly origin: PassThrough;
  readonly isTls: boolean;
  /** The visitor's socket; nobody else listens to its data any more. */
  readonly visitor: Socket;
  /** Whom a trusted proxy speaks for. */
  readonly clientAddress?: string | undefined;
  /** What the visitor has sent so far and the origin is to get. */
  readonly first: Buffer;
  /** Over plain HTTP: follows the requests that come after the first head. */
  readonly follower?: RequestFollower;
  /** What has come after the first head. */
  readonly rest?: Buffer;
  /** The origin did not take the connection, and not a byte was passed: the visitor may still be answered. */
  readonly onUnreachable: () => void;
}

/** A peer that vanished without a word is noticed by the kernel, long before the idle limit would cut a quiet one. */
const keepAliveMs = minute;
/** Quiet for so long, a connection that must end loses nothing. */
const quietMs = second;

type Phase = 'connecting' | 'open' | 'lingering' | 'over';

/**
 * Two sockets joined: every byte goes on unread and unchanged, each side as fast as the other takes it, and the end of
 * one direction is passed on as such. TLS stays between the visitor and the origin.
 */
export class Splice implements Watched {
  deadlineMs: number;
  slot = -1;
  place = -1;
  readonly #desk: PassDesk;
  readonly #account: PassAccount;
  readonly #passage: Passage;
  readonly #origin: Socket;
  #phase: Phase = 'connecting';
  #isDraining = false;
  #isVisitorDone = false;
  #isHalfOpen = false;
  #movedMs: number;
  /** Since when a head is held back; undefined while none is. */
  #headDeadlineMs: number | undefined;

  constructor(desk: PassDesk, account: PassAccount, passage: Passage) {
    const { origin, isTls } = passage;
    this.#desk = desk;
    this.#account = account;
    this.#passage = passage;
    this.#movedMs = performance.now();
    this.deadlineMs = this.#movedMs + desk.timeouts.connectMs;
    this.#origin = connect({
      host: origin.address,
      port: isTls ? origin.https : origin.http,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
  }

  get site(): string {
    return this.#passage.site;
  }

  /** True when this is where it goes. */
  isTo({ address, http, https, proxyProtocol }: PassThrough): boolean {
    const { origin } = this.#passage;
    return (
      address === origin.address &&
      http === origin.http &&
      https === origin.https &&
      proxyProtocol === origin.proxyProtocol
    );
  }

  /** Waits for the origin to take the connection. The visitor is not read meanwhile. */
  begin(): void {
    const { visitor } = this.#passage;
    this.#desk.ring.watch(this);
    visitor.pause();
    // Its end may come before the origin has taken the connection, and is then passed on with the rest.
    visitor.allowHalfOpen = true;
    visitor.once('end', () => this.#onVisitorEnd());
    visitor.once('close', () => this.#onVisitorGone());
    this.#origin.once('connect', () => this.#join());
    this.#origin.on('error', () => this.#onOriginLost());
    this.#origin.once('close', () => this.#onOriginClosed());
  }

  expire(): void {
    if (this.#phase === 'connecting') {
      this.#unreachable('origin-timeout');
    } else if (this.#phase === 'lingering') {
      this.#passage.visitor.destroy();
    } else {
      this.#cut(this.#isDraining ? 'moved' : 'idle');
    }
  }

  /** Nobody can tell from outside whether an answer is under way: it ends by itself, or is cut. */
  release(): void {
    this.drain();
  }

  cut(): void {
    this.#cut('moved');
  }

  /** Ends it soon: at once when it is quiet, so that the visitor comes anew and sees what there is to see now. */
  drain(): void {
    if (this.#phase !== 'open') {
      return;
    }
    const now = performance.now();
    if (now - this.#movedMs > quietMs) {
      this.#cut('moved');
      return;
    }
    this.#isDraining = true;
    this.deadlineMs = Math.min(this.deadlineMs, now + this.#desk.timeouts.drainMs);
    this.#desk.ring.watch(this);
  }

  #join(): void {
    if (this.#phase !== 'connecting') {
      return;
    }
    const { visitor, first, rest, origin } = this.#passage;
    this.#phase = 'open';
    this.#moved();
    if (origin.proxyProtocol) {
      this.#origin.write(this.#preamble());
    }
    this.#pass(first);
    visitor.setNoDelay(true);
    visitor.setKeepAlive(true, keepAliveMs);
    visitor.on('data', (chunk: Buffer) => this.#onVisitorData(chunk));
    visitor.on('drain', () => this.#origin.resume());
    this.#origin.on('data', (chunk: Buffer) => this.#onOriginData(chunk));
    this.#origin.once('end', () => {
      this.#isHalfOpen = true;
      this.#moved();
      visitor.end();
    });
    this.#origin.on('drain', () => visitor.resume());
    if (rest !== undefined && rest.length > 0) {
      this.#onVisitorData(rest);
    }
    if (this.#isVisitorDone) {
      this.#onVisitorEnd();
    }
    if (this.#phase === 'open' && !this.#origin.writableNeedDrain) {
      visitor.resume();
    }
  }

  #onVisitorEnd(): void {
    this.#isVisitorDone = true;
    if (this.#phase === 'open') {
      this.#isHalfOpen = true;
      this.#moved();
      this.#origin.end();
    }
  }

  #preamble(): Buffer {
    const { visitor, clientAddress } = this.#passage;
    const client = { address: visitor.remoteAddress ?? '0.0.0.0', port: visitor.remotePort ?? 0 };
    const local = { address: visitor.localAddress ?? '0.0.0.0', port: visitor.localPort ?? 0 };
    // A proxy tells its client's address and not the port.
    return proxyHeader(
      clientAddress === undefined ? client : { address: clientAddress, port: 0 },
      local,
    );
  }

  #onVisitorData(chunk: Buffer): void {
    if (this.#phase !== 'open') {
      return;
    }
    const { follower } = this.#passage;
    if (follower === undefined) {
      this.#pass(chunk);
      this.#moved();
      return;
    }
    const { forward, ending } = follower.take(chunk);
    for (const part of forward) {
      this.#pass(part);
    }
    this.#holdHead(follower.heldBytes);
    this.#moved();
    if (ending !== undefined) {
      this.#stopBefore(ending);
    }
  }

  #pass(bytes: Buffer): void {
    this.#account.bytesIn += bytes.length;
    if (!this.#origin.write(bytes)) {
      this.#passage.visitor.pause();
    }
  }

  #onOriginData(chunk: Buffer): void {
    this.#account.bytesOut += chunk.length;
    if (!this.#passage.visitor.write(chunk)) {
      this.#origin.pause();
    }
    this.#moved();
  }

  /** A head that has begun keeps the deadline it began with. */
  #holdHead(heldBytes: number): void {
    if (heldBytes === 0) {
      this.#headDeadlineMs = undefined;
    } else if (this.#headDeadlineMs === undefined) {
      this.#headDeadlineMs = performance.now() + this.#desk.timeouts.headMs;
      this.deadlineMs = this.#headDeadlineMs;
      this.#desk.ring.watch(this);
    }
  }

  #moved(): void {
    const now = performance.now();
    this.#movedMs = now;
    if (!this.#isDraining) {
      const { idleMs, timeouts } = this.#desk;
      const waitMs = this.#isHalfOpen ? Math.min(timeouts.halfOpenMs, idleMs) : idleMs;
      this.deadlineMs = this.#headDeadlineMs ?? now + waitMs;
    }
  }

  /**
   * Ends before a request that must not go on. A client sends one when it has had the answer to the one before, so
   * nothing is lost: it asks again on a connection of its own (RFC 9112 9.3.1).
   */
  #stopBefore(ending: PassEnding): void {
    const { visitor } = this.#passage;
    this.#over(ending);
    this.#phase = 'lingering';
    this.#origin.destroy();
    visitor.end();
    visitor.resume();
    this.deadlineMs = performance.now() + this.#desk.timeouts.lingerMs;
    this.#desk.ring.watch(this);
  }

  #onVisitorGone(): void {
    this.#desk.ring.forget(this);
    this.#origin.destroy();
    this.#over('over');
  }

  #onOriginLost(): void {
    if (this.#phase === 'connecting') {
      this.#unreachable('origin-refused');
    } else {
      this.#cut('reset');
    }
  }

  /** Both directions have ended, or it was cut: what the visitor has not taken yet is still on its way. */
  #onOriginClosed(): void {
    if (this.#phase === 'open' && !this.#passage.visitor.writableEnded) {
      this.#cut('reset');
    }
  }

  #unreachable(ending: PassEnding): void {
    this.#over(ending);
    this.#origin.destroy();
    if (!this.#passage.visitor.destroyed) {
      this.#passage.onUnreachable();
    }
  }

  /** Without a gentle end: half an answer must not look like a whole one. */
  #cut(ending: PassEnding): void {
    this.#over(ending);
    this.#origin.destroy();
    this.#passage.visitor.resetAndDestroy();
  }

  /** Counts how it ended, once. */
  #over(ending: PassEnding): void {
    if (this.#phase === 'over' || this.#phase === 'lingering') {
      return;
    }
    this.#phase = 'over';
    this.#account.ended(ending);
    this.#desk.close(this);
  }
}
