import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type FailedAttempts, openFailedAttempts } from './failed-attempts.ts';
import type { ApiContext, ApiToken } from './options.ts';
import { ApiProblem } from './problem.ts';
import { includesRole, type Role, roleFor } from './roles.ts';
import type { ApiServer } from './server.ts';

/** Longest Authorization header that is looked at: a token of 256 bits needs 50 characters. */
const maxAuthorization = 512;

/** The token of an Authorization header (RFC 6750), or undefined. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined || header.length > maxAuthorization) {
    return undefined;
  }
  return /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header)?.[1];
}

/** Finds whose token this is. Every hash is compared in full, so the time tells nothing about how near a guess was. */
export function findToken(tokens: readonly ApiToken[], presented: string): ApiToken | undefined {
  const digest = createHash('sha256').update(presented).digest();
  let found: ApiToken | undefined;
  for (const token of tokens) {
    const expected = Buffer.from(token.sha256, 'hex');
    if (expected.length === digest.length && timingSafeEqual(expected, digest)) {
      found ??= token;
    }
  }
  return found;
}

const challenge = 'Bearer realm="detour"';

function authenticate(
  context: ApiContext,
  attempts: FailedAttempts,
  request: FastifyRequest,
  reply: FastifyReply,
): ApiToken {
  const tokens = context.tokens();
  if (tokens.length === 0) {
    throw new ApiProblem(
      401,
      'no-token-configured',
      'No token is configured, so every request is refused. Run "detour token create --name NAME --role admin", put the line it prints into the file that admin.tokensFile names, and reload.',
    );
  }
  const presented = bearerToken(request.headers.authorization);
  if (presented === undefined) {
    reply.header('www-authenticate', challenge);
    throw new ApiProblem(
      401,
      'token-missing',
      'Send the header "Authorization: Bearer TOKEN". The command line reads the token from the file that DETOUR_TOKEN_FILE names.',
    );
  }
  return checkToken({ attempts, now: context.now(), reply }, tokens, presented, request.ip);
}

function checkToken(
  { attempts, now, reply }: { attempts: FailedAttempts; now: number; reply: FastifyReply },
  tokens: readonly ApiToken[],
  presented: string,
  source: string,
): ApiToken {
  const found = findToken(tokens, presented);
  const waitMs = attempts.waitMs(source, now);
  // A token that has worked from this source goes on working: a stale script on the same host, or a guesser
  // behind the same proxy, must not lock the operators out in the middle of an outage.
  if (waitMs > 0 && (found === undefined || !attempts.isKnown(source, found.name))) {
    const seconds = Math.ceil(waitMs / 1_000);
    reply.header('retry-after', String(seconds));
    throw new ApiProblem(
      429,
      'too-many-attempts',
      `Too many wrong tokens came from ${source}. Try again in ${seconds} s.`,
    );
  }
  if (found === undefined) {
    attempts.record(source, now);
    reply.header('www-authenticate', `${challenge}, error="invalid_token"`);
    throw new ApiProblem(401, 'token-unknown', 'This token is not among the configured ones.');
  }
  attempts.recordSuccess(source, found.name);
  return found;
}

function neededRole(request: FastifyRequest): Role | 'public' {
  const role = roleFor(request.method, request.routeOptions.url ?? '');
  if (role === undefined) {
    throw new Error(`No role is decided for ${request.method} ${request.routeOptions.url}`);
  }
  return role;
}

/** Asks for a token of the right role before anything of the request is read, on every route that is not public. */
export function guardRoutes(app: ApiServer, context: ApiContext): void {
  const attempts = openFailedAttempts();
  app.decorateRequest('actor', null);
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      if (roleFor(method, route.url) === undefined) {
        throw new Error(`No role is decided for ${method} ${route.url}; add it to roles.ts`);
      }
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    const needed = request.is404 ? 'public' : neededRole(request);
    if (needed === 'public') {
      return;
    }
    const token = authenticate(context, attempts, request, reply);
    if (!includesRole(token.role, needed)) {
      throw new ApiProblem(
        403,
        'role-missing',
        `This needs the role ${needed}; the token ${token.name} has the role ${token.role}.`,
      );
    }
    request.actor = { name: token.name, role: token.role };
  });
}
