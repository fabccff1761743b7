import { constants, createHash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { CertificatePair } from './certificate-pair.ts';
import { type TicketKeys, ticketKeyName } from './ticket-keys.ts';

/** A context holds 30 KB and more outside the heap; a thousand sites failing at once still find theirs ready. */
const maxContexts = 1_000;

/** RFC 9325: forward secrecy and authenticated encryption alone. The suites of TLS 1.3 all are. */
const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
].join(':');

type Identity = Pick<CertificatePair, 'cert' | 'key' | 'fingerprint'>;

/** The TLS contexts made so far, the ones used last: each belongs to one certificate and one ticket key. */
export class ContextShelf {
  readonly #contexts = new Map<string, SecureContext>();
  #keys: TicketKeys;

  constructor(keys: TicketKeys) {
    this.#keys = keys;
  }

  get size(): number {
    return this.#contexts.size;
  }

  /** Makes tickets with other keys from now on. */
  set keys(keys: TicketKeys) {
    this.#keys = keys;
    this.#contexts.clear();
  }

  /**
   * The context for a certificate, ready to resume by a ticket that the client offers if its key is still accepted.
   * Throws when OpenSSL does not take the certificate or its key.
   */
  take(identity: Identity, offered: readonly string[]): SecureContext {
    const fitting = this.#keys.find((key) => offered.includes(ticketKeyName(key)));
    const ticketKeys = fitting ?? this.#keys[0];
    const name = ticketKeys === undefined ? '' : ticketKeyName(ticketKeys);
    const id = `${identity.fingerprint} ${name}`;
    const context = this.#contexts.get(id) ?? makeContext(identity, ticketKeys);
    // Last in, last out: what is used moves to the end.
    this.#contexts.delete(id);
    this.#contexts.set(id, context);
    if (this.#contexts.size > maxContexts) {
      const [oldest = ''] = this.#contexts.keys();
      this.#contexts.delete(oldest);
    }
    return context;
  }
}

function makeContext(
  { cert, key, fingerprint }: Identity,
  ticketKeys: Buffer | undefined,
): SecureContext {
  return createSecureContext({
    cert,
    key,
    ciphers,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    honorCipherOrder: false,
    // A ticket proves one certificate: it never opens a session under another.
    sessionIdContext: createHash('sha256').update(fingerprint).digest('hex').slice(0, 32),
    ...(ticketKeys === undefined ? {} : { ticketKeys }),
  });
}
