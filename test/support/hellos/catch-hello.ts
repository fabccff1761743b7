import { once } from 'node:events';
import { createServer } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';

/** What Node's own TLS client says first under these options, as one piece. */
export async function catchHello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const caught = once(server, 'connection').then(([socket]) => once(socket, 'data'));
  const client = connect({ ...options, port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  const [bytes] = await caught;
  client.destroy();
  server.close();
  return Buffer.from(bytes);
}

/** A hello of each sort that visitors send: TLS 1.3, TLS 1.2, one that names nobody, and one with many names of protocols. */
export async function catchHellos(serverName: string): Promise<readonly Buffer[]> {
  const names = ['h2', 'http/1.1', 'x'.repeat(255)];
  return await Promise.all([
    catchHello({ servername: serverName }),
    catchHello({ servername: serverName, maxVersion: 'TLSv1.2' }),
    catchHello({}),
    catchHello({ servername: serverName, ALPNProtocols: names }),
  ]);
}
