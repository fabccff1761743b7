import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { day, type EpochMs } from '../../lib/time.ts';
import { ApiProblem } from './problem.ts';
import type { ApiServer } from './server.ts';

/** Answers remembered at once; the oldest goes first. */
export const maxRememberedAnswers = 10_000;

/** How long a key stands for its first answer. */
export const rememberAnswerMs = day;

/** Largest answer that is kept, in characters: with the count above it bounds the memory. */
const maxKeptAnswer = 64 * 1024;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly payload: string;
}

interface Remembered {
  readonly fingerprint: string;
  readonly at: EpochMs;
  /** Missing while the first request is still under way. */
  readonly answer?: Answer;
}

function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
  if (header === undefined || !isWrite || request.actor === null) {
    return undefined;
  }
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new ApiProblem(
      400,
      'invalid-request',
      'Idempotency-Key must be 1 to 255 visible ASCII characters; a UUID does well.',
    );
  }
  return `${request.actor.name} ${header}`;
}

function fingerprintOf(request: FastifyRequest): string {
  const text = `${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`;
  return createHash('sha256').update(text).digest('base64');
}

function replay(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply
    .code(answer.status)
    .type(answer.contentType)
    .header('idempotent-replayed', 'true')
    .serializer((payload: unknown) => String(payload))
    .send(answer.payload);
}

/** Answers a repeated write with the first answer and does not do it twice. Remembers in memory: a restart forgets. */
export function rememberAnswers(app: ApiServer, now: () => EpochMs): void {
  const remembered = new Map<string, Remembered>();
  const underWay = new WeakMap<FastifyRequest, string>();

  const find = (key: string): Remembered | undefined => {
    const entry = remembered.get(key);
    return entry !== undefined && now() - entry.at < rememberAnswerMs ? entry : undefined;
  };
  const remember = (key: string, entry: Remembered): void => {
    remembered.delete(key);
    remembered.set(key, entry);
    const oldest = remembered.keys().next();
    if (remembered.size > maxRememberedAnswers && oldest.done !== true) {
      remembered.delete(oldest.value);
    }
  };

  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request);
    if (key === undefined) {
      return;
    }
    const fingerprint = fingerprintOf(request);
    const entry = find(key);
    if (entry === undefined) {
      remember(key, { fingerprint, at: now() });
      underWay.set(request, key);
      return;
    }
    if (entry.fingerprint !== fingerprint) {
      throw new ApiProblem(
        422,
        'idempotency-key-reused',
        'This Idempotency-Key came with another request before. Use a new key for a new request.',
      );
    }
    if (entry.answer === undefined) {
      throw new ApiProblem(
        409,
        'idempotency-key-in-use',
        'The first request with this Idempotency-Key is still under way. Ask again in a moment.',
      );
    }
    return replay(reply, entry.answer);
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const key = underWay.get(request);
    if (key === undefined) {
      return payload;
    }
    const entry = remembered.get(key);
    const isKept =
      typeof payload === 'string' && payload.length <= maxKeptAnswer && reply.statusCode < 500;
    if (entry !== undefined && isKept) {
      const contentType = String(reply.getHeader('content-type') ?? 'application/json');
      remember(key, { ...entry, answer: { status: reply.statusCode, contentType, payload } });
    } else {
      // It may succeed if tried again, so the key must not stand for this failure.
      remembered.delete(key);
    }
    return payload;
  });
}
