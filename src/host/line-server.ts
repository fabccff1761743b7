import { existsSync, unlinkSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { DetourError } from '../lib/errors.ts';
import { second } from '../lib/time.ts';

/** A client says its line within this, or is cut off. */
const lineWithinMs = 2 * second;
/** The notice process and its workers, each with a question or two. */
const maxConnections = 64;

export interface LineServerOptions {
  /** Path of the UNIX socket. */
  readonly file: string;
  readonly maxLineBytes: number;
  /** Answers one line with one line. Must not reject. */
  readonly answer: (line: string) => Promise<string>;
}

/** Reads one line and answers it with one; whatever else comes is not looked at. */
function serve(socket: Socket, { maxLineBytes, answer }: LineServerOptions): void {
  let text = '';
  let isHeard = false;
  const timer = setTimeout(() => socket.destroy(), lineWithinMs);
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('close', () => clearTimeout(timer));
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (isHeard || (end === -1 && text.length <= maxLineBytes)) {
      return;
    }
    isHeard = true;
    clearTimeout(timer);
    if (end === -1 || end > maxLineBytes) {
      socket.destroy();
      return;
    }
    void answer(text.slice(0, end)).then((reply) => socket.end(`${reply}\n`));
  });
}

/** Answers lines on a UNIX socket that our own user and group may open, in place of a dead process's socket if need be. */
export async function openLineServer(options: LineServerOptions): Promise<AsyncDisposable> {
  const { file } = options;
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, options));
  server.maxConnections = maxConnections;
  try {
    if (existsSync(file)) {
      unlinkSync(file);
    }
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path: file }, resolve);
    });
    await chmod(file, 0o660);
  } catch (cause) {
    server.close();
    throw new DetourError(`Could not open the socket ${file}`, {
      code: 'DETOUR_LISTEN_FAILED',
      cause,
    });
  }
  return {
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
