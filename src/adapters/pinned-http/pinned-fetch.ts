import { Agent as HttpAgent, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import {
  createSecureContext,
  type SecureContext,
  type TLSSocket,
  connect as tlsConnect,
} from 'node:tls';
import got from 'got';
import { parseAddress } from '../../lib/ip.ts';
import { Trail } from './trail.ts';

/** What to fetch, and the one address it may come from. */
export interface PinnedOrder {
  readonly url: URL;
  /** Canonical address to connect to, whatever the URL's host says. */
  readonly address: string;
  /** Source address of the connection. */
  readonly localAddress?: string;
  readonly userAgent: string;
  /** Called with the head; false ends the fetch without reading a body. */
  readonly wantsBody: (head: ResponseHead) => boolean;
  readonly signal: AbortSignal;
  readonly monotonicMs: () => number;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** What came of a fetch. `error` is set when it did not come to its end; `trail` says how far it got. */
export interface PinnedAnswer {
  readonly trail: Trail;
  readonly head?: ResponseHead;
  /** At most the first 64 KiB. */
  readonly body: Buffer;
  readonly error?: Error;
}

/** A site's answer is judged by its first 64 KiB; what follows is never read, so that an endless body costs nothing. */
export const maxBodyBytes = 64 * 1024;

/** The same limit as Node's own default, said here so that a command-line flag cannot lift it. */
const maxHeaderBytes = 16 * 1024;

/** The connection went somewhere else than ordered; nothing it says counts. */
export class PinBrokenError extends Error {
  override readonly name = 'PinBrokenError';
}

// Building a context for each connection costs a third of an HTTPS probe. It is made at first use: it loads every root certificate.
let sharedContext: SecureContext | undefined;

const client = got.extend({
  method: 'GET',
  retry: { limit: 0 },
  throwHttpErrors: false,
  followRedirect: false,
  decompress: false,
  http2: false,
  maxHeaderSize: maxHeaderBytes,
  headers: { accept: '*/*', 'accept-encoding': 'identity' },
});

/** Makes one GET over one fresh connection to exactly the ordered address, without DNS, proxy, redirect or retry. Never rejects. */
export async function fetchPinned(order: PinnedOrder): Promise<PinnedAnswer> {
  const trail = new Trail(order.monotonicMs);
  const chunks: Buffer[] = [];
  let head: ResponseHead | undefined;
  let failure: Error | undefined;
  try {
    order.signal.throwIfAborted();
    for await (const part of request(order, trail)) {
      if (Buffer.isBuffer(part)) {
        chunks.push(part);
      } else {
        head = part;
      }
    }
    trail.ended();
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  // Nothing of the attempt may outlive it: an upgraded or half-closed connection would.
  trail.socket?.destroy();
  return {
    trail,
    body: Buffer.concat(chunks),
    ...(head === undefined ? {} : { head }),
    ...(failure === undefined ? {} : { error: failure }),
  };
}

/** Yields the head once, then the body in parts up to the limit. */
async function* request(order: PinnedOrder, trail: Trail): AsyncGenerator<ResponseHead | Buffer> {
  const stream = client.stream(order.url, {
    agent: pinnedAgent(order, trail),
    headers: { 'user-agent': order.userAgent },
    signal: order.signal,
  });
  try {
    const head = await headOf(stream);
    trail.answered();
    assertPinned(order.address, trail.socket);
    yield head;
    if (!order.wantsBody(head)) {
      return;
    }
    let room = maxBodyBytes;
    for await (const chunk of stream) {
      const part: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      yield part.subarray(0, room);
      room -= part.length;
      if (room <= 0) {
        return;
      }
    }
  } finally {
    stream.destroy();
  }
}

type GotStream = ReturnType<typeof client.stream>;

function headOf(stream: GotStream): Promise<ResponseHead> {
  return new Promise((resolve, reject) => {
    stream.once('response', ({ statusCode, headers }) => {
      resolve({ status: statusCode, headers });
    });
    // Nobody may be waiting any more when a late error comes; it must not end the process.
    stream.on('error', reject);
    // A stream that ends without an answer must not leave the caller waiting.
    stream.once('close', () => {
      reject(new Error('The connection closed before an answer'));
    });
    // An answer of 101 takes the socket away from HTTP; nobody asked for that.
    stream.once('upgrade', () => {
      stream.destroy(Object.assign(new Error('Unasked upgrade'), { code: 'HPE_UPGRADE' }));
    });
  });
}

/** An agent whose only connection goes to the ordered address: no name is resolved, whatever the request says. */
function pinnedAgent(
  order: PinnedOrder,
  trail: Trail,
): { readonly http: HttpAgent } | { readonly https: HttpsAgent } {
  const { url, address, localAddress } = order;
  const target = {
    host: address,
    port: url.port === '' ? defaultPort(url) : Number(url.port),
    ...(localAddress === undefined ? {} : { localAddress }),
  };
  if (url.protocol === 'https:') {
    const https = new HttpsAgent({ keepAlive: false, maxCachedSessions: 0 });
    https.createConnection = (): Socket => trail.follow(connectTls(target, url.hostname));
    return { https };
  }
  const http = new HttpAgent({ keepAlive: false });
  http.createConnection = (): Socket => trail.follow(connect(target));
  return { http };
}

function defaultPort(url: URL): number {
  return url.protocol === 'https:' ? 443 : 80;
}

function connectTls(target: { host: string; port: number }, hostname: string): TLSSocket {
  sharedContext ??= createSecureContext();
  const name = hostname.replace(/^\[|\]$/g, '');
  return tlsConnect({
    ...target,
    secureContext: sharedContext,
    ALPNProtocols: ['http/1.1'],
    // An expired or foreign certificate is an alarm by rule, not a failed site: visitors can still be served.
    rejectUnauthorized: false,
    // SNI carries names only (RFC 6066 section 3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
  });
}

function assertPinned(address: string, socket: Socket | undefined): void {
  const remote = socket?.remoteAddress;
  if (remote !== undefined && parseAddress(remote) !== address) {
    throw new PinBrokenError(`Connected to ${remote} instead of ${address}`);
  }
}
