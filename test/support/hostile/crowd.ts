/**
 * Hostile clients, each kind at its full number, from addresses all over 127.0.0.0/8:
 * `node crowd.ts PORT TLSPORT HOST SHARE SECONDS INDEX`; crowds of different index come from different addresses. Who is
 * cut comes back, five seconds after he came. When the seconds are over nobody comes any more, but nobody leaves either:
 * the server must end it. Ends when the standard input does.
 */
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

const [, , port = '0', tlsPort = '0', host = '', share = '1', seconds = '10', index = '0'] =
  process.argv;
const endMs = performance.now() + Number(seconds) * 1_000;
/** As long as the server waits for a head: all are there at once, and as many come as go. */
const comeBackMs = 5_000;
const dripMs = 1_000;

interface Kind {
  readonly count: number;
  readonly isTls?: true;
  /** What it says as it comes, and what it says each second from then on. */
  readonly greeting: string | Buffer;
  readonly drip: string;
  /** Takes nothing of what it is answered. */
  readonly isDeaf?: true;
}

const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
/** The first bytes of a hello that says it is 512 long. */
const halfHello = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 1, 2, 3]);

const kinds: readonly Kind[] = [
  { count: 10_000, greeting: '', drip: '' },
  { count: 4_000, greeting: `GET / HTTP/1.1\r\nHost: ${host}\r\n`, drip: 'X: y\r\n' },
  {
    count: 4_000,
    greeting: `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\n`,
    drip: 'x',
  },
  { count: 4_000, greeting: request.repeat(12), drip: '', isDeaf: true },
  { count: 2_000, isTls: true, greeting: halfHello, drip: '' },
];

const dripping = new Map<Socket, string>();
let came = 0;

function come(kind: Kind): void {
  const nowMs = performance.now();
  if (nowMs >= endMs) {
    return;
  }
  came += 1;
  const localAddress = `127.${1 + 8 * Number(index) + ((came >> 16) & 7)}.${(came >> 8) & 255}.${1 + (came % 250)}`;
  const where = { port: Number(kind.isTls === true ? tlsPort : port), host: '127.0.0.1' };
  const socket = connect({ ...where, localAddress });
  if (kind.isDeaf === true) {
    socket.pause();
  } else {
    socket.resume();
  }
  socket.once('connect', () => {
    socket.write(kind.greeting);
    if (kind.drip !== '') {
      dripping.set(socket, kind.drip);
    }
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    dripping.delete(socket);
    setTimeout(() => come(kind), Math.max(0, nowMs + comeBackMs - performance.now()));
  });
}

for (const kind of kinds) {
  const count = Math.round(kind.count * Number(share));
  for (let one = 0; one < count; one += 1) {
    setTimeout(() => come(kind), (one / count) * comeBackMs);
  }
}
setInterval(() => {
  for (const [socket, drip] of dripping) {
    socket.write(drip);
  }
}, dripMs);
process.stdin.resume();
process.stdin.once('end', () => {
  process.stdout.write(JSON.stringify({ came }), () => process.exit(0));
});
