import { connect } from 'node:net';

const alertRecord = 21;
const handshakeRecord = 22;

export interface HelloSent {
  readonly port: number;
  /** Loopback address that it comes from. */
  readonly from: string;
}

/** Sends a hello, ends, and gives every byte that came back until the connection closed, also when it was reset. */
export async function sendHello(bytes: Buffer, { port, from }: HelloSent): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  const got: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => got.push(chunk));
  socket.end(bytes);
  // Not once(): that rejects at a reset, which is an answer too.
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(got);
}

/** Whether this is all that a TLS server may say to a hello: nothing, an alert or the next step of a handshake. Never a page. */
export function isTlsAnswer(answer: Buffer): boolean {
  return answer.length === 0 || answer[0] === alertRecord || answer[0] === handshakeRecord;
}
