import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { DetourError, type ErrorCode, errorChain } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { ApiProblem, type Problem, type ProblemError, problem } from './problem.ts';
import type { ApiServer } from './server.ts';

const statusOfCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  DETOUR_JOURNAL_FAILED: 503,
  DETOUR_STORE_UNAVAILABLE: 503,
  DETOUR_NOTICE_NOT_LIVE: 503,
  DETOUR_HOST_FAILED: 503,
  DETOUR_STORE_CONFLICT: 409,
  DETOUR_GUARD_REFUSED: 409,
  DETOUR_NOT_LEADER: 409,
  DETOUR_NOTICE_TEMPLATE_INVALID: 422,
  DETOUR_CONFIG_INVALID: 422,
};

/** What the framework found wrong before a route was reached, by its stable code. */
const frameworkProblems: Readonly<Record<string, readonly [number, string, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'too-large', 'A request body has at most 64 KiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'unsupported-media-type',
    'Send the body as application/json.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [
    400,
    'invalid-request',
    'The body is empty. Send a JSON object, or leave out the Content-Type header.',
  ],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'invalid-request', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    'invalid-request',
    'Content-Length does not match the body.',
  ],
  FST_ERR_BAD_URL: [400, 'invalid-request', 'The URL is not validly encoded.'],
  FST_ERR_MAX_PARAM_LENGTH: [404, 'not-found', 'A part of the URL is too long to name anything.'],
};

interface FrameworkError {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly validationContext?: unknown;
}

function partsOf(error: unknown): FrameworkError {
  return typeof error === 'object' && error !== null ? error : {};
}

const partNames: Readonly<Record<string, string>> = {
  params: 'path',
  querystring: 'query',
  body: 'body',
  headers: 'headers',
};

interface Issue {
  readonly keyword: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What is wrong and what to do; schemas of the configuration say both, on two lines. */
function issueMessage({ keyword, message, params }: Issue): string {
  const { keys } = params;
  return keyword === 'unrecognized_keys' && Array.isArray(keys)
    ? `unknown keys: ${keys.join(', ').slice(0, 200)}`
    : (message ?? 'not valid').replace('\n', '; ');
}

function validationProblem(error: unknown): Problem | undefined {
  if (!hasZodFastifySchemaValidationErrors(error)) {
    return undefined;
  }
  const part = partNames[String(partsOf(error).validationContext)] ?? 'request';
  const errors: ProblemError[] = error.validation.slice(0, 50).map((issue) => ({
    path: `/${part}${issue.instancePath === '/' ? '' : issue.instancePath}`,
    message: issueMessage(issue),
  }));
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return problem(400, 'invalid-request', detail.slice(0, 2_000), errors);
}

function frameworkProblem(error: unknown): Problem | undefined {
  const { code, statusCode } = partsOf(error);
  const known = typeof code === 'string' ? frameworkProblems[code] : undefined;
  if (known !== undefined) {
    const [status, word, detail] = known;
    return problem(status, word, detail);
  }
  // The JSON parser throws a plain SyntaxError marked 400.
  return statusCode === 400
    ? problem(400, 'invalid-request', 'The request or its JSON body is not valid.')
    : undefined;
}

/** Turns anything thrown into an answer that says what a person can do, and nothing of the inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiProblem) {
    return problem(error.status, error.code, error.message, error.errors);
  }
  if (error instanceof DetourError) {
    return problem(statusOfCode[error.code] ?? 502, error.code, error.message);
  }
  return (
    validationProblem(error) ??
    frameworkProblem(error) ??
    problem(500, 'internal', 'Detour failed to answer; its log has the cause.')
  );
}

/** Sends a problem, past any schema of the route. */
export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  return reply
    .code(answer.status)
    .type('application/problem+json; charset=utf-8')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(answer);
}

interface KnownRoute {
  readonly method: string;
  readonly pattern: RegExp;
}

function patternOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) =>
      part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^$()[\]{}|\\]/g, String.raw`\$&`),
    );
  return new RegExp(`^${parts.join('/')}$`);
}

function answerUnknown(routes: readonly KnownRoute[]) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?')[0] ?? '';
    const allowed = routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (allowed.length === 0) {
      return sendProblem(
        reply,
        problem(404, 'not-found', 'There is nothing here. /openapi.json lists what there is.'),
      );
    }
    const methods = [...new Set(allowed)].sort().join(', ');
    reply.header('allow', methods);
    return sendProblem(
      reply,
      problem(405, 'method-not-allowed', `Only ${methods} can be used here.`),
    );
  };
}

/** Answers every error, unknown path and wrong method as problem+json; only what nobody expected is logged as an error. */
export function answerProblems(app: ApiServer, log: Log): void {
  const routes: KnownRoute[] = [];
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      if (!route.url.includes('*')) {
        routes.push({ method, pattern: patternOf(route.url) });
      }
    }
  });
  app.setErrorHandler((error, request, reply) => {
    const answer = problemOf(error);
    if (answer.status >= 500) {
      const route = `${request.method} ${request.routeOptions.url ?? 'unknown'}`;
      log.error({ route, code: answer.code, err: errorChain(error) }, 'Could not answer a request');
    }
    return sendProblem(reply, answer);
  });
  app.setNotFoundHandler(answerUnknown(routes));
}
