import { type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import { DetourError } from '../../lib/errors.ts';
import type { NoticeControl, NoticeStatus } from '../../ports/notice-control.ts';

/** More than this is no answer of a notice process; its metrics stay under 1 MiB even for thousands of sites. */
const maxAnswerBytes = 16 * 1024 * 1024;
/** Every act of the notice process is a matter of milliseconds; past this it is stuck. */
const answerWithinMs = 5_000;

const count = z.number().int().nonnegative();

/** Fields that a newer notice process adds are passed over: the two planes are upgraded one after the other. */
const statusSchema = z.object({
  pid: count,
  version: z.string(),
  workers: count,
  listening: z.array(z.object({ host: z.string(), port: count })),
  snapshot: z.object({ generation: count, writtenAt: z.number() }).nullable(),
  problem: z.string().nullable(),
  sessions: z.object({ total: count, sites: z.record(z.string(), count) }),
  ladder: z.enum(['full', 'small', 'close']),
  limits: z.object({
    sessions: count,
    newPerSecond: count,
    siteSessions: count,
    siteNewPerSecond: count,
    sourceSessions: count,
    sourceNewPerSecond: count,
    source56Sessions: count,
    source48Sessions: count,
    largeSources: z.array(z.string()),
    largeSourceSessions: count,
    largeSourceNewPerSecond: count,
    ladder: z.object({
      busyShare: z.number(),
      delayMs: z.number(),
      sustainMs: z.number(),
      calmMs: z.number(),
    }),
    blocking: z.object({ refusals: count, withinMs: z.number(), blockMs: z.number() }),
  }),
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    if (text.length > maxAnswerBytes) {
      throw new Error(`more than ${maxAnswerBytes} bytes`);
    }
  }
  return { status: response.statusCode ?? 0, text };
}

function exchange(
  socketPath: string,
  act: { readonly method: string; readonly path: string },
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath,
        ...act,
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
      },
      (response) => {
        readAnswer(response).then(resolve, reject);
      },
    );
    call.on('error', reject);
    call.end();
  });
}

/** Opens the way to the notice process behind a control socket. No connection is made before the first question. */
export function openNoticeClient(socketPath: string): NoticeControl {
  const notLive = (cause: unknown): DetourError =>
    new DetourError(`The notice process does not answer on ${socketPath}`, {
      code: 'DETOUR_NOTICE_NOT_LIVE',
      retryable: true,
      cause,
    });
  const ask = async (method: string, path: string, signal: AbortSignal): Promise<Answer> => {
    try {
      const answer = await exchange(socketPath, { method, path }, signal);
      if (answer.status !== 200 && answer.status !== 409) {
        throw new Error(`status ${answer.status}: ${answer.text.slice(0, 500)}`);
      }
      return answer;
    } catch (error) {
      throw notLive(error);
    }
  };
  const readStatus = ({ text }: Answer): NoticeStatus => {
    try {
      return statusSchema.parse(JSON.parse(text));
    } catch (error) {
      throw notLive(error);
    }
  };
  const refresh = async (signal: AbortSignal): Promise<NoticeStatus> => {
    const answer = await ask('POST', '/refresh', signal);
    const status = readStatus(answer);
    if (answer.status === 409) {
      throw new DetourError('The notice process refused the snapshot', {
        code: 'DETOUR_SNAPSHOT_INVALID',
        ...(status.problem === null ? {} : { detail: status.problem }),
      });
    }
    return status;
  };
  return {
    status: async (signal) => readStatus(await ask('GET', '/status', signal)),
    metrics: async (signal) => (await ask('GET', '/metrics', signal)).text,
    refresh,
  };
}
