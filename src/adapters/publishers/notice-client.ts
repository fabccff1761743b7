import { type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import { DetourError } from '../../lib/errors.ts';
import type { BlockedSourceDesk } from '../../ports/host-helper.ts';
import type { NoticeControl, NoticeStatus } from '../../ports/notice-control.ts';
import { defaultNoticeLimits } from '../../ports/notice-limits.ts';
import {
  certificateStates,
  receptionStates,
  type SiteReadiness,
} from '../../ports/site-readiness.ts';

/** More than this is no answer of a notice process; its metrics stay under 1 MiB even for thousands of sites. */
const maxAnswerBytes = 16 * 1024 * 1024;
/** Every act of the notice process is a matter of milliseconds; past this it is stuck. */
const answerWithinMs = 5_000;

const count = z.number().int().nonnegative();

const listenAddresses = z.array(z.object({ host: z.string(), port: count }));

/** Fields that a newer notice process adds are passed over: the two planes are upgraded one after the other. */
const statusSchema = z.object({
  pid: count,
  version: z.string(),
  // One of a version before processes said.
  snapshotLayout: count.default(1),
  workers: count,
  listening: listenAddresses,
  // A notice process that was not yet upgraded does not say.
  listeningHttps: listenAddresses.default([]),
  snapshot: z.object({ generation: count, writtenAt: z.number() }).nullable(),
  problem: z.string().nullable(),
  sessions: z.object({ total: count, sites: z.record(z.string(), count) }),
  passed: z
    .object({ total: count, sites: z.record(z.string(), count), bytes: count })
    .default({ total: 0, sites: {}, bytes: 0 }),
  ladder: z.enum(['full', 'small', 'close']),
  limits: z.object({
    sessions: count,
    newPerSecond: count,
    siteSessions: count,
    siteNewPerSecond: count,
    passedSessions: count.default(defaultNoticeLimits.passedSessions),
    sitePassedSessions: count.default(defaultNoticeLimits.sitePassedSessions),
    passedIdleMs: count.default(defaultNoticeLimits.passedIdleMs),
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
  host: z
    .object({
      pid: count,
      generation: count.nullable(),
      takenAddresses: count,
      refusedAddresses: z.array(z.object({ address: z.string(), why: z.string() })).default([]),
      blockedSources: count,
      problems: z.array(z.string()),
    })
    .nullable(),
});

const blockedSchema = z.object({
  sources: z.array(z.object({ source: z.string(), expiresInSeconds: z.number() })),
});

interface Act {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

const readinessListSchema = z.object({
  sites: z.array(
    z.object({
      site: z.string(),
      isReady: z.boolean(),
      hostnames: z.array(
        z.object({
          hostname: z.string(),
          certificate: z.enum(certificateStates),
          expiresAt: z.number().nullable(),
        }),
      ),
      missingLanguages: z.array(z.string()),
      reception: z
        .array(
          z.object({
            address: z.string(),
            reception: z.enum(receptionStates),
            why: z.string().nullable(),
          }),
        )
        .default([]),
    }),
  ),
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

function exchange(socketPath: string, { body, ...act }: Act, signal: AbortSignal): Promise<Answer> {
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
    call.end(body);
  });
}

/** The part of the control socket that speaks of blocked sources. */
function blockedSourceDesk(
  act: (order: Act, signal: AbortSignal) => Promise<string>,
): BlockedSourceDesk {
  const path = '/blocked-sources';
  return {
    blockedSources: async (signal) =>
      blockedSchema.parse(JSON.parse(await act({ method: 'GET', path }, signal))).sources,
    blockSource: async (source, seconds, signal): Promise<void> => {
      await act({ method: 'POST', path, body: JSON.stringify({ source, seconds }) }, signal);
    },
    liftSource: async (source, signal): Promise<void> => {
      await act({ method: 'DELETE', path: `${path}/${encodeURIComponent(source)}` }, signal);
    },
  };
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
  const act = async (order: Act, signal: AbortSignal): Promise<string> => {
    const { status, text } = await exchange(socketPath, order, signal).catch((error: unknown) => {
      throw notLive(error);
    });
    if (status !== 200) {
      throw new DetourError('The notice host did not carry it out', {
        code: 'DETOUR_HOST_FAILED',
        cause: new Error(text.slice(0, 500)),
      });
    }
    return text;
  };
  return {
    ...blockedSourceDesk(act),
    status: async (signal) => readStatus(await ask('GET', '/status', signal)),
    readiness: async (signal): Promise<readonly SiteReadiness[]> => {
      const { text } = await ask('GET', '/readiness', signal);
      try {
        return readinessListSchema.parse(JSON.parse(text)).sites;
      } catch (error) {
        throw notLive(error);
      }
    },
    metrics: async (signal) => (await ask('GET', '/metrics', signal)).text,
    refresh,
  };
}
