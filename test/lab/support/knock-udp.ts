/** Sends one datagram and prints what comes of it: the system's error code, `answered`, or `silence` after a second. */
import { createSocket } from 'node:dgram';

const [, , address = '', port = '443'] = process.argv;
const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');

function say(word: string): void {
  process.stdout.write(word);
  process.exit(0);
}

socket.on('error', (error) => say('code' in error ? String(error.code) : error.message));
socket.on('message', () => say('answered'));
socket.connect(Number(port), address, () => socket.send('hello'));
setTimeout(() => say('silence'), 1_000);
