import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** A server on a free loopback port that closes with everything it holds. */
export interface LoopbackServer extends AsyncDisposable {
  readonly port: number;
  /** How many connections it has taken. */
  readonly taken: () => number;
}

/** The text of a key or certificate that is kept for tests. */
export const tlsFixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');

/** Takes TCP connections and lets the caller misbehave on each. */
export async function serveTcp(
  onConnection: (socket: Socket) => void,
  host = '127.0.0.1',
): Promise<LoopbackServer> {
  return listening(createServer(onConnection), host);
}

/** As `serveTcp`, after a TLS handshake with the named certificate. */
export async function serveTls(
  onConnection: (socket: Socket) => void,
  certificate: 'site' | 'expired' = 'site',
): Promise<LoopbackServer> {
  const server = createTlsServer(
    { cert: tlsFixture(`${certificate}.crt`), key: tlsFixture(`${certificate}.key`) },
    onConnection,
  );
  server.on('tlsClientError', () => undefined);
  return listening(server, '127.0.0.1');
}

/** Answers every request head with these bytes, then closes. */
export function answering(bytes: string | Buffer): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      socket.end(bytes);
    });
  };
}

/** A whole HTTP answer. */
export function httpAnswer(
  status: number,
  body: string | Buffer = '',
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries({ 'content-length': String(Buffer.byteLength(body)), ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} Some Words\r\n${head}\r\n`),
    Buffer.from(body),
  ]);
}

/** A loopback port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = await serveTcp(() => undefined);
  await server[Symbol.asyncDispose]();
  return server.port;
}

async function listening(server: Server, host: string): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  let taken = 0;
  server.on('connection', (socket: Socket) => {
    taken += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('The test server has no port');
  }
  return {
    port: address.port,
    taken: () => taken,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}
