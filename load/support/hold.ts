/**
 * Visitors who stay: `node load/support/hold.ts PORT HOST COUNT plain|tls`. Opens COUNT connections, takes one page on
 * each, says `held`, and says nothing more on them until the standard input ends. Then prints how many are still open.
 */

import { connect, type Socket } from 'node:net';
import { createSecureContext, connect as secureConnect } from 'node:tls';

const [, , port = '0', host = '', count = '0', kind = 'plain'] = process.argv;
/** So many knock at once: more would wait in the queue of the kernel, and some be turned away there. */
const atOnce = 200;
const request = Buffer.from(
  `GET / HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nAccept-Encoding: br\r\n\r\n`,
);
const secureContext = createSecureContext({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519' });

let asked = 0;
let answered = 0;
let open = 0;

function knock(): Socket {
  const where = { port: Number(port), host: '127.0.0.1' };
  if (kind === 'plain') {
    const socket = connect(where);
    return socket.once('connect', () => socket.write(request));
  }
  const socket = secureConnect({
    ...where,
    servername: host,
    rejectUnauthorized: false,
    secureContext,
  });
  return socket.once('secureConnect', () => socket.write(request));
}

function visit(): void {
  if (asked >= Number(count)) {
    return;
  }
  asked += 1;
  open += 1;
  const socket = knock();
  socket.on('error', () => undefined);
  let isAnswered = false;
  socket.once('data', () => {
    isAnswered = true;
    answered += 1;
    visit();
    if (answered === Number(count)) {
      process.stdout.write('held\n');
    }
  });
  socket.on('data', () => undefined);
  socket.once('close', () => {
    open -= 1;
    if (!isAnswered) {
      // Turned away, as visitors are who would wait for too long: it comes again.
      asked -= 1;
      visit();
    }
  });
}

for (let one = 0; one < atOnce; one += 1) {
  visit();
}
process.stdin.resume();
process.stdin.once('end', () => {
  process.stdout.write(`${open}\n`, () => process.exit(0));
});
