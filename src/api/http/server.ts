import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Role } from './roles.ts';

/** The server with zod as its type provider, as routes register on it. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Who asks: the token's name and role. */
export interface Actor {
  readonly name: string;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the token was checked; null on public routes. */
    actor: Actor | null;
  }
}

/** Who asks; on public routes nobody does, and asking is a bug. */
export function actorOf(request: Pick<FastifyRequest, 'actor'>): Actor {
  if (request.actor === null) {
    throw new Error('A route without a token asked who its owner is');
  }
  return request.actor;
}

/** The name of the token that a write came with: the owner of the order in audit and state. */
export function ownerOf(request: Pick<FastifyRequest, 'actor'>): string {
  return actorOf(request).name;
}
