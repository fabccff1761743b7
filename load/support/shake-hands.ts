/**
 * New visitors over TLS 1.3, none of whom offers a ticket: `node load/support/shake-hands.ts PORT HOST CONNECTIONS SECONDS`.
 * Each shakes hands in full, asks for one page and takes it. Prints one JSON with how many did.
 * They agree on one curve and one cipher, so that every server has the same arithmetic to do.
 */
import { performance } from 'node:perf_hooks';
import { connect, createSecureContext } from 'node:tls';

const [, , port = '0', host = '', connections = '1', seconds = '1'] = process.argv;
const endMs = performance.now() + Number(seconds) * 1_000;
const request = Buffer.from(
  `GET / HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nAccept-Language: ko\r\nAccept-Encoding: br\r\nConnection: close\r\n\r\n`,
);
const secureContext = createSecureContext({
  minVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  ecdhCurve: 'X25519',
});

let handshakes = 0;
let resumed = 0;
let failed = 0;

function visit(): void {
  if (performance.now() >= endMs) {
    return;
  }
  let bytes = 0;
  const socket = connect({
    port: Number(port),
    host: '127.0.0.1',
    servername: host,
    // The certificate is of the bench's own making.
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    secureContext,
  });
  socket.once('secureConnect', () => {
    resumed += socket.isSessionReused() ? 1 : 0;
    socket.write(request);
  });
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    handshakes += bytes > 0 ? 1 : 0;
    failed += bytes > 0 ? 0 : 1;
    visit();
  });
}

for (let count = 0; count < Number(connections); count += 1) {
  visit();
}
process.once('beforeExit', () => {
  process.stdout.write(JSON.stringify({ handshakes, resumed, failed }));
});
