import { once } from 'node:events';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { allowedHead } from '../../support/allowed-answers.ts';

export interface SecureVisit {
  readonly port: number;
  /** SNI; none is sent when undefined. */
  readonly serverName?: string;
  /** Host header; the server name unless said. */
  readonly host?: string;
  readonly session?: Buffer;
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly from?: string;
  /** True when an origin is to answer, which may say what it likes. */
  readonly isOrigin?: true;
}

/** What a TLS visitor saw. */
export interface SecureSight {
  readonly certificate: PeerCertificate;
  readonly status: number;
  readonly body: string;
  readonly isResumed: boolean;
  readonly protocol: string | null;
  readonly alpn: string | false | null;
  /** A ticket to come back with. */
  readonly session: Buffer | undefined;
}

/** Shakes hands as somebody who wants to look at any certificate. Rejects with the alert when it fails. */
export async function shakeHands({
  port,
  serverName,
  session,
  maxVersion,
  from,
}: SecureVisit): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['h2', 'http/1.1'],
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(session === undefined ? {} : { session }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(from === undefined ? {} : { localAddress: from }),
  });
  await once(socket, 'secureConnect');
  socket.on('error', () => socket.destroy());
  return socket;
}

/** One visit over TLS, from the handshake to the end of the answer. */
export async function visit(options: SecureVisit): Promise<SecureSight> {
  const socket = await shakeHands(options);
  let session: Buffer | undefined;
  socket.on('session', (ticket: Buffer) => {
    session = ticket;
  });
  const certificate = socket.getPeerCertificate();
  const isResumed = socket.isSessionReused();
  const protocol = socket.getProtocol();
  const alpn = socket.alpnProtocol;
  const host = options.host ?? options.serverName ?? '';
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nAccept: text/plain\r\nConnection: close\r\n\r\n`,
  );
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
  }
  const headEnd = text.indexOf('\r\n\r\n');
  const head = text.slice(0, headEnd);
  const status = options.isOrigin ? Number(head.slice(9, 12)) : allowedHead(head).status;
  const body = text.slice(headEnd + 4);
  return { certificate, status, body, isResumed, protocol, alpn, session };
}
