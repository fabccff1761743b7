import { connect } from 'node:net';
import { DetourError } from '../lib/errors.ts';
import { second } from '../lib/time.ts';
import type { BlockedSource, HostHelper, HostStatus } from '../ports/host-helper.ts';
import { type HostReply, type HostRequest, hostReplySchema } from './host-protocol.ts';

/** The kernel takes thousands of changes in far less; past this the helper hangs. */
const answerWithinMs = 5 * second;
/** 10,000 blocked sources fit. */
const maxReplyBytes = 2 * 1024 * 1024;

const failed = (message: string, cause?: unknown): DetourError =>
  new DetourError(message, { code: 'DETOUR_HOST_FAILED', retryable: true, cause });

function exchange(file: string, request: HostRequest, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: file });
    const timer = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
    const onAbort = (): void => void socket.destroy(new Error('no answer in time'));
    timer.addEventListener('abort', onAbort, { once: true });
    let text = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.end(`${JSON.stringify(request)}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > maxReplyBytes) {
        socket.destroy(new Error(`more than ${maxReplyBytes} bytes`));
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      timer.removeEventListener('abort', onAbort);
      resolve(text);
    });
  });
}

/** Opens the way to the helper of this host. No connection is made before the first question. */
export function openHostClient(file: string): HostHelper {
  const ask = async (request: HostRequest, signal: AbortSignal): Promise<HostReply> => {
    let reply: HostReply;
    try {
      reply = hostReplySchema.parse(JSON.parse(await exchange(file, request, signal)));
    } catch (cause) {
      throw failed(`The helper of this host does not answer on ${file}`, cause);
    }
    if (reply.is === 'refused') {
      throw failed(`The helper of this host refused: ${reply.why}`);
    }
    return reply;
  };
  const statusOf = async (what: 'status' | 'follow', signal: AbortSignal): Promise<HostStatus> => {
    const reply = await ask({ do: what }, signal);
    if (reply.is !== 'status') {
      throw failed(`The helper of this host answered ${reply.is} to ${what}`);
    }
    return reply.status;
  };
  const isDone = async (request: HostRequest, signal: AbortSignal): Promise<boolean> => {
    const reply = await ask(request, signal);
    return reply.is === 'done' && reply.isChanged;
  };
  return {
    status: (signal) => statusOf('status', signal),
    follow: (signal) => statusOf('follow', signal),
    blocked: async (signal): Promise<readonly BlockedSource[]> => {
      const reply = await ask({ do: 'blocked' }, signal);
      return reply.is === 'blocked' ? reply.sources : [];
    },
    block: async (source, seconds, signal): Promise<void> => {
      await isDone({ do: 'block', source, seconds }, signal);
    },
    lift: (source, signal) => isDone({ do: 'lift', source }, signal),
  };
}
