/** Runs in one namespace: `relay-server.ts SOCKET HOST PORT` joins every connection to the Unix socket with a new TCP connection. */
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

const [path = '', host = '', port = ''] = process.argv.slice(2);

createServer({ allowHalfOpen: true }, (near) => {
  const far = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
  pipeline(near, far, near, () => undefined);
}).listen(path, () => process.stdout.write('ready\n'));

// The lab is gone: so is the reason to be here.
process.stdin.resume().on('end', () => process.exit(0));
