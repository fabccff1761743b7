import type { Socket } from 'node:net';
import { problem } from './problem.ts';

const answers: Readonly<Record<string, ReturnType<typeof problem>>> = {
  HPE_HEADER_OVERFLOW: problem(
    431,
    'too-large',
    'The request line and headers have at most 16 KiB together.',
  ),
  ERR_HTTP_REQUEST_TIMEOUT: problem(
    408,
    'request-timeout',
    'The request did not come whole in time.',
  ),
};

const broken = problem(400, 'invalid-request', 'This is not an HTTP/1.1 request.');

/** Answers what is no HTTP request at all with a problem, and closes the connection. */
export function answerBrokenRequests(
  error: Error & { readonly code?: string },
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const answer = answers[error.code ?? ''] ?? broken;
  const body = JSON.stringify(answer);
  socket.end(
    [
      `HTTP/1.1 ${answer.status} ${answer.title}`,
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
