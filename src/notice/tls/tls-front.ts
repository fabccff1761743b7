import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { TLSSocket } from 'node:tls';
import type { PassThrough } from '../../core/site.ts';
import { second } from '../../lib/time.ts';
import type { RefusalReason } from '../../metrics/notice-metrics.ts';
import type { DeadlineRing } from '../deadline-ring.ts';
import { readPreamble } from '../proxy-preamble.ts';
import { Session } from '../session.ts';
import type { AdmittedConnection, SessionDesk, Watched } from '../session-desk.ts';
import type { Source } from '../source.ts';
import { type ClientHello, maxHelloBytes, readClientHello } from './client-hello.ts';
import { type Identities, normaliseServerName, type Vouched } from './identities.ts';

/** From the connection to the end of the handshake. Two round trips on a poor link take two seconds. */
export const defaultHandshakeMs = 5 * second;

/** `http/1.1` as it stands in a handshake (RFC 7301 3.1): put together once, not for every visitor. */
const alpnProtocols = Buffer.from('\x08http/1.1', 'latin1');

/** A proxy's preamble, the hello and the heads of its records. */
const maxFrontBytes = maxHelloBytes + 4 * 1024;

/** A fatal alert in a record of its own: `unrecognized_name` (RFC 6066 3). */
const unrecognizedName = Buffer.from([21, 3, 3, 0, 2, 2, 112]);

/** What a TLS connection needs beside what every session shares. */
export interface TlsDesk extends SessionDesk {
  readonly ring: DeadlineRing<Watched>;
  readonly handshakeMs: number;
  readonly identities: Identities;
}

/**
 * A TLS connection from accept to the end of its handshake. Reads the client's hello itself and makes TLS state only
 * when it is whole: a client that stalls before costs a plain connection, and the certificate is chosen with no callback
 * in the midst of OpenSSL.
 */
export class TlsFront implements Watched {
  deadlineMs: number;
  slot = -1;
  place = -1;
  readonly #desk: TlsDesk;
  readonly #connection: AdmittedConnection;
  readonly #onData = (chunk: Buffer): void => this.#read(chunk);
  #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #isPreambleDue: boolean;
  /** Whom a trusted proxy speaks for. */
  #client: Source | undefined;
  #clientAddress: string | undefined;
  #phase: 'hello' | 'handshake' | 'passing' | 'done' = 'hello';

  constructor(desk: TlsDesk, connection: AdmittedConnection) {
    this.#desk = desk;
    this.#connection = connection;
    this.#socket = connection.socket;
    this.#isPreambleDue = connection.source === desk.admission.sources.trusted;
    this.deadlineMs = performance.now() + desk.handshakeMs;
  }

  /** Begins to wait for the hello. */
  watch(): void {
    const { socket } = this.#connection;
    this.#desk.ring.watch(this);
    socket.on('data', this.#onData);
    socket.on('error', () => this.#socket.destroy());
    socket.on('close', () => {
      // Behind a TLS socket that closes by itself a moment later.
      if (this.#phase === 'hello' || this.#phase === 'passing') {
        this.#release();
      }
    });
  }

  expire(): void {
    this.#desk.tally.refused('handshake-timeout');
    // Browsers open connections ahead and never use them; none begins a hello and leaves it there.
    if (this.#phase === 'handshake' || this.#bytes.length > 0) {
      this.#offence();
    }
    this.#socket.destroy();
  }

  release(): void {
    this.#socket.destroy();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    try {
      if (this.#isPreambleDue && !this.#passPreamble()) {
        return;
      }
      const hello = this.#bytes.length > maxFrontBytes ? 'broken' : readClientHello(this.#bytes);
      if (hello === 'broken' || hello.is === 'broken') {
        this.#offence();
        this.#refuse('handshake-failed');
      } else if (hello.is === 'whole') {
        this.#take(hello);
      }
    } catch (error) {
      this.#desk.tally.failed(error);
      this.#socket.destroy();
    }
  }

  /** Takes the PROXY protocol's preamble off the stream, if there is one. False until that is clear, or when it is over. */
  #passPreamble(): boolean {
    const preamble = readPreamble(this.#bytes);
    if (preamble.is === 'unfinished') {
      return false;
    }
    this.#isPreambleDue = false;
    if (preamble.is !== 'whole') {
      if (preamble.is === 'broken') {
        this.#refuse('bad-request');
      }
      return preamble.is === 'absent';
    }
    this.#bytes = this.#bytes.subarray(preamble.bytes);
    if (preamble.client !== undefined) {
      const client = this.#desk.admission.openClient(preamble.client, performance.now());
      if (typeof client === 'string') {
        this.#refuse(client);
        return false;
      }
      this.#client = client;
      this.#clientAddress = preamble.client;
    }
    return true;
  }

  #take(hello: ClientHello): void {
    const { book } = this.#desk;
    const { serverName } = hello;
    const site =
      serverName === undefined
        ? book.siteAt(this.#socket.localAddress ?? '')
        : book.find(normaliseServerName(serverName)).site;
    const origin = book.originOf(site);
    if (site !== undefined && origin !== undefined) {
      this.#passOn(site, origin);
    } else {
      this.#choose(hello);
    }
  }

  /** The site needs no notice: the handshake, and all that follows, is between the visitor and its origin. */
  #passOn(site: string, origin: PassThrough): void {
    const { admission, passDesk, ring } = this.#desk;
    const { socket } = this.#connection;
    const account = admission.account(site);
    this.#phase = 'passing';
    ring.forget(this);
    socket.off('data', this.#onData);
    admission.hold(account);
    socket.once('close', () => admission.leave(account));
    const isShareChecked = this.#connection.account === account;
    const refused =
      admission.refuse(account, performance.now(), isShareChecked) ?? passDesk.refuse(site);
    if (refused !== undefined) {
      this.#refuse(refused);
      return;
    }
    passDesk.pass({
      site,
      origin,
      isTls: true,
      visitor: socket,
      clientAddress: this.#clientAddress,
      first: this.#bytes,
      onUnreachable: () => socket.destroy(),
    });
  }

  #choose(hello: ClientHello): void {
    const { identities, book } = this.#desk;
    const chosen = identities.choose(hello, book, this.#socket.localAddress ?? '');
    if (chosen === undefined) {
      this.#desk.tally.refused('unknown-name');
      this.#socket.off('data', this.#onData);
      this.#socket.end(unrecognizedName);
      this.#socket.resume();
      return;
    }
    const { socket } = this.#connection;
    socket.off('data', this.#onData);
    socket.pause();
    socket.unshift(this.#bytes);
    this.#bytes = Buffer.alloc(0);
    this.#phase = 'handshake';
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: chosen.context,
      ALPNProtocols: alpnProtocols,
    });
    this.#socket = secure;
    secure.on('error', () => secure.destroy());
    secure.once('secure', () => this.#handOver(secure, chosen.vouched));
    secure.once('close', () => {
      if (this.#phase === 'handshake') {
        this.#desk.tally.refused('handshake-failed');
        this.#release();
      }
    });
  }

  /** From here on the connection is a session like any other. */
  #handOver(socket: TLSSocket, vouched: Vouched): void {
    if (socket.destroyed) {
      return;
    }
    this.#phase = 'done';
    this.#desk.ring.forget(this);
    const client = this.#client;
    new Session(this.#desk, {
      ...this.#connection,
      socket,
      vouched,
      ...(client === undefined ? {} : { client }),
    }).watch();
  }

  #refuse(reason: RefusalReason): void {
    this.#desk.tally.refused(reason);
    this.#socket.destroy();
  }

  #offence(): void {
    const { sources } = this.#desk.admission;
    sources.offence(this.#client ?? this.#connection.source, performance.now());
  }

  #release(): void {
    this.#phase = 'done';
    const { admission, ring } = this.#desk;
    ring.forget(this);
    if (this.#client !== undefined) {
      admission.sources.leave(this.#client);
      this.#client = undefined;
    }
    admission.close(this.#connection.source);
  }
}
