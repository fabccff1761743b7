import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DetourError } from '../lib/errors.ts';
import { second } from '../lib/time.ts';
import type { Admission } from './admission.ts';
import { DeadlineRing, tickMs } from './deadline-ring.ts';
import { Doorkeeper } from './doorkeeper.ts';
import { type LadderState, ladderAtRest } from './load-ladder.ts';
import { NoticeBook } from './notice-book.ts';
import { PassDesk } from './pass-through/pass-desk.ts';
import type { PreparedAnswer } from './prepared-answer.ts';
import { acmeAnswer } from './refusal-answers.ts';
import { Session } from './session.ts';
import { defaultSessionTimeouts, type SessionTimeouts, type Watched } from './session-desk.ts';
import type { SiteAccount } from './site-account.ts';
import type { Tally } from './tally.ts';
import type { Identities } from './tls/identities.ts';
import { defaultHandshakeMs, type TlsDesk, TlsFront } from './tls/tls-front.ts';

/** Where to listen; port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface NoticeServerOptions {
  readonly admission: Admission;
  readonly tally: Tally;
  readonly identities: Identities;
  readonly handshakeMs?: number;
  readonly timeouts?: SessionTimeouts;
  /** Folder with one file for each ACME token. */
  readonly acmeFolder?: string;
}

/** How long sessions may go on after a stop. */
const stopWithinMs = 5 * second;

/**
 * Connections the kernel may queue for each worker: as many as each of two lets in at once by default, and at 150
 * microseconds each none waits longer than 77 ms. What comes beyond is dropped by the kernel, which costs far less than
 * taking it only to close it. A slower worker has the doorkeeper.
 */
const backlog = 512;

/** Answers visitors over HTTP and HTTPS from the book it is given. Swapping the book is one assignment: no request waits for it. */
export class NoticeServer implements TlsDesk {
  readonly admission: Admission;
  readonly tally: Tally;
  readonly timeouts: SessionTimeouts;
  readonly ring: DeadlineRing<Watched>;
  readonly passDesk: PassDesk;
  readonly doorkeeper = new Doorkeeper();
  readonly identities: Identities;
  readonly handshakeMs: number;
  book: NoticeBook = new NoticeBook();
  ladder: LadderState = ladderAtRest;
  isStopping = false;
  readonly #acmeFolder: string | undefined;
  readonly #servers: Server[] = [];
  readonly #ports = new Set<number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: NoticeServerOptions) {
    const { admission, tally, identities, handshakeMs, timeouts, acmeFolder } = options;
    this.admission = admission;
    this.tally = tally;
    this.identities = identities;
    this.handshakeMs = handshakeMs ?? defaultHandshakeMs;
    this.timeouts = timeouts ?? defaultSessionTimeouts;
    this.ring = new DeadlineRing(performance.now());
    this.passDesk = new PassDesk(this.ring, () => this.#ports);
    this.#acmeFolder = acmeFolder;
    this.#timer = setInterval(
      () => this.ring.advance(performance.now(), (session) => session.expire()),
      tickMs,
    );
  }

  get isSmall(): boolean {
    return this.ladder.step !== 'full';
  }

  /** Starts to listen and gives the real address. Rejects with DETOUR_LISTEN_FAILED. */
  async listen(
    { host, port }: ListenAddress,
    { isShared, isTls }: { readonly isShared: boolean; readonly isTls: boolean },
  ): Promise<ListenAddress> {
    // A handshake is a dialogue: what Nagle holds back there, the client waits for.
    const server = createServer({ noDelay: isTls });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(
          new DetourError(`Could not listen on ${host} port ${port} for notices`, {
            code: 'DETOUR_LISTEN_FAILED',
            cause,
          }),
        );
      });
      // Workers share the port in the kernel; passing sockets on between processes costs three times as much.
      server.listen({ host, port, backlog, reusePort: isShared }, resolve);
    });
    // Accepting can fail for want of file descriptors: the others go on being served.
    server.on('error', (error) => this.tally.failed(error));
    this.#servers.push(server);
    const address = server.address();
    const found = typeof address === 'object' && address !== null ? address.port : port;
    this.#ports.add(found);
    const queue = this.doorkeeper.open(found);
    // Nobody has been accepted before this: the loop has not turned since the kernel was told to listen.
    server.on('connection', (socket) => {
      if (this.doorkeeper.accept(queue, performance.now())) {
        this.#onConnection(socket, isTls);
      } else {
        this.tally.refused('overload');
        socket.destroy();
      }
    });
    return { host, port: found };
  }

  /** The answer to a challenge that the control plane has open, else the text of a token file. Tokens are base64url, so they name nothing outside the folder. */
  acme(token: string): PreparedAnswer | undefined {
    const known = this.book.challenge(token);
    if (known !== undefined || this.#acmeFolder === undefined) {
      return known;
    }
    try {
      return acmeAnswer(readFileSync(join(this.#acmeFolder, token)));
    } catch {
      // No such challenge of ours: the notice is the answer.
      return;
    }
  }

  /** Accepts no more, lets answers under way be taken, and cuts what is left after five seconds. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const session of this.ring.items()) {
      session.release();
    }
    const cut = setTimeout(() => {
      for (const session of this.ring.items()) {
        session.cut();
      }
    }, stopWithinMs);
    await Promise.all(closed);
    clearTimeout(cut);
    clearInterval(this.#timer);
  }

  /** Every limit counts a connection here, before TLS costs anything. */
  #onConnection(socket: Socket, isTls: boolean): void {
    const nowMs = performance.now();
    const account = this.admission.isWatchful(nowMs) ? this.#accountOf(socket) : undefined;
    const source = this.admission.open(socket.remoteAddress ?? '', nowMs, account);
    if (typeof source === 'string') {
      this.tally.refused(source);
      socket.destroy();
      return;
    }
    const connection = { socket, source, account };
    const watched = isTls ? new TlsFront(this, connection) : new Session(this, connection);
    watched.watch();
  }

  /** Where every site has an address of its own, a connection tells its site before its first byte. */
  #accountOf({ localAddress }: Socket): SiteAccount | undefined {
    const site = localAddress === undefined ? undefined : this.book.siteAt(localAddress);
    return site === undefined ? undefined : this.admission.account(site);
  }
}
