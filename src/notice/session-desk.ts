import type { Socket } from 'node:net';
import { second } from '../lib/time.ts';
import type { Admission } from './admission.ts';
import type { DeadlineRing, Timed } from './deadline-ring.ts';
import type { NoticeBook } from './notice-book.ts';
import type { PassDesk } from './pass-through/pass-desk.ts';
import type { PreparedAnswer } from './prepared-answer.ts';
import type { SiteAccount } from './site-account.ts';
import type { Source } from './source.ts';
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
  /** Takes connections for sites that need no notice on to their origins. */
  readonly passDesk: PassDesk;
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
