/**
 * What Node itself costs, as the floor of our own server: `node load/support/bare-net-server.ts PORT SECURE_PORT FOLDER`.
 * Reads nothing of what it is asked and always sends the same bytes: no parser, no limits, no deadlines, no counts.
 * Only that a request asks to close the connection is seen, by the fixed place in which the bench says so.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { createServer as createSecureServer } from 'node:tls';

const [, , port = '0', securePort = '0', folder = ''] = process.argv;
const answer = readFileSync(path.join(folder, 'answer'));
const closing = Buffer.from('Connection: close');

function serve(socket: Socket): void {
  socket.on('data', (chunk) => {
    socket.write(answer);
    if (!chunk.includes(closing)) {
      return;
    }
    // The kernel has it all, or it is still to be encrypted.
    if (socket.writableLength === 0) {
      socket.destroy();
    } else {
      socket.end();
    }
  });
  socket.on('error', () => socket.destroy());
}

createServer({ noDelay: false }, serve).listen(Number(port), '127.0.0.1', 1_024);
const pair = {
  key: readFileSync(path.join(folder, 'key')),
  cert: readFileSync(path.join(folder, 'certificate')),
};
createSecureServer(pair, serve).listen(Number(securePort), '127.0.0.1', 1_024);
