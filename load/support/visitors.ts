/**
 * Visitors at a steady rate, each over a connection and from an address of its own, whether or not the last is back:
 * `node load/support/visitors.ts ADDRESS PORT HOST RATE SECONDS [tls]`. Those of the first half second
 * warm everything up and are not counted. Prints one JSON with what became of the others.
 */
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createSecureContext, connect as secure } from 'node:tls';

const [, , address = '', port = '0', host = '', rate = '0', seconds = '0', scheme] = process.argv;
const perMs = Number(rate) / 1_000;
const durationMs = Number(seconds) * 1_000;
const patienceMs = 5_000;
const warmUpMs = 500;
const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nAccept-Language: ko\r\nConnection: close\r\n\r\n`;

/** One for all, as in a browser: to make it costs more than a handshake. */
const secureContext = createSecureContext({ ecdhCurve: 'X25519' });

const answeredMs: number[] = [];
const closedMs: number[] = [];
let sent = 0;
let counted = 0;
let full = 0;
let present = 0;

function open(localAddress: string): Socket {
  const plain = connect({ host: address, port: Number(port), localAddress });
  if (scheme !== 'tls') {
    return plain;
  }
  plain.on('error', () => undefined);
  return secure({ socket: plain, servername: host, secureContext, rejectUnauthorized: false });
}

function visit(): void {
  const n = sent;
  sent += 1;
  present += 1;
  const startMs = performance.now();
  const isCounted = startMs - begunMs > warmUpMs;
  counted += isCounted ? 1 : 0;
  const localAddress = `127.${64 + ((n >> 16) & 63)}.${(n >> 8) & 255}.${1 + (n % 250)}`;
  const socket = open(localAddress);
  let bytes = 0;
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.on(scheme === 'tls' ? 'secureConnect' : 'connect', () => socket.write(request));
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    present -= 1;
    if (!isCounted) {
      return;
    }
    const waitedMs = performance.now() - startMs;
    if (bytes === 0) {
      closedMs.push(waitedMs);
    } else {
      answeredMs.push(waitedMs);
      // A small page is at most 1,200 bytes behind its head.
      full += bytes > 2_200 ? 1 : 0;
    }
  });
}

const begunMs = performance.now();
const timer = setInterval(() => {
  const due = Math.floor(Math.min(performance.now() - begunMs, durationMs) * perMs);
  while (sent < due) {
    visit();
  }
  if (performance.now() - begunMs > durationMs && (present === 0 || isTooLate())) {
    clearInterval(timer);
    process.stdout.write(JSON.stringify({ sent: counted, answeredMs, closedMs, full }), () =>
      process.exit(0),
    );
  }
}, 1);

function isTooLate(): boolean {
  return performance.now() - begunMs > durationMs + patienceMs;
}
