import { createHash } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { NoticeBook } from '../notice-book.ts';
import type { CertificateFolder } from './certificate-folder.ts';
import type { ClientHello } from './client-hello.ts';
import { ContextShelf } from './context-shelf.ts';
import type { PemPair } from './neutral-certificate.ts';
import type { TicketKeys } from './ticket-keys.ts';

/** What a client gets that asks for a name without a certificate: a certificate of nobody's, or an alert. */
export const unknownNameChoices = ['neutral', 'refuse'] as const;
export type UnknownNames = (typeof unknownNameChoices)[number];

/** Whom a TLS session speaks for; a request for anyone else is misdirected. */
export interface Vouched {
  /** The name the client asked for, as hostnames are listed; empty when it cannot be one. Undefined when it asked for none. */
  readonly serverName?: string;
  /** Without a name: the site whose certificate was shown, because the address is its alone. */
  readonly site?: string;
}

/** A TLS context to shake hands with, and whom it then speaks for. */
export interface Chosen {
  readonly context: SecureContext;
  readonly vouched: Vouched;
}

export interface IdentityOptions {
  readonly certificates: CertificateFolder | undefined;
  readonly neutral: PemPair;
  readonly ticketKeys: TicketKeys;
  readonly unknownNames: UnknownNames;
  /** Told when OpenSSL does not take a certificate that we found good. */
  readonly onFailure: (error: unknown) => void;
}

const maxNameLength = 253;

/**
 * A server name as hostnames are listed: lower case, without a trailing dot; empty for what can be no hostname.
 * Only ASCII gets through, so neither NUL bytes nor the dots of other scripts can make one name look like another.
 */
export function normaliseServerName(sent: string): string {
  const bare = sent.toLowerCase().replace(/\.$/, '');
  return bare.length <= maxNameLength && /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(bare) ? bare : '';
}

/** Chooses what certificate a client is shown. A name without one never gets another's. */
export class Identities {
  readonly #options: IdentityOptions;
  readonly #shelf: ContextShelf;
  readonly #neutral: { readonly cert: Buffer; readonly key: Buffer; readonly fingerprint: string };

  constructor(options: IdentityOptions) {
    const { cert, key } = options.neutral;
    const fingerprint = createHash('sha256').update(cert).digest('hex');
    this.#options = options;
    this.#shelf = new ContextShelf(options.ticketKeys);
    this.#neutral = { cert: Buffer.from(cert), key: Buffer.from(key), fingerprint };
  }

  set ticketKeys(keys: TicketKeys) {
    this.#shelf.keys = keys;
  }

  /** Undefined when the client is to be told that the name is unknown. Never throws. */
  choose(hello: ClientHello, book: NoticeBook, localAddress: string): Chosen | undefined {
    const site = hello.serverName === undefined ? book.siteAt(localAddress) : undefined;
    const serverName =
      hello.serverName === undefined ? undefined : normaliseServerName(hello.serverName);
    const names = serverName === undefined ? book.hostnamesOf(site) : [serverName];
    const own = this.#own(names, hello);
    if (own !== undefined) {
      return {
        context: own,
        vouched: {
          ...(serverName === undefined ? {} : { serverName }),
          ...(site === undefined ? {} : { site }),
        },
      };
    }
    if (serverName !== undefined && this.#options.unknownNames === 'refuse') {
      return;
    }
    const context = this.#shelf.take(this.#neutral, hello.ticketKeys);
    return { context, vouched: serverName === undefined ? {} : { serverName } };
  }

  #own(names: readonly string[], hello: ClientHello): SecureContext | undefined {
    for (const name of names) {
      const pair = name === '' ? undefined : this.#options.certificates?.find(name);
      if (pair !== undefined) {
        try {
          return this.#shelf.take(pair, hello.ticketKeys);
        } catch (error) {
          this.#options.onFailure(error);
        }
      }
    }
    return;
  }
}
