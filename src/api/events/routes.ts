import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { timeOf } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem } from '../http/problem.ts';
import { includesRole } from '../http/roles.ts';
import { apiContentPolicy, securityHeaders } from '../http/security-headers.ts';
import { type Actor, type ApiServer, ownerOf } from '../http/server.ts';
import { type NewsRing, openNewsRing } from './news-ring.ts';
import { newsSchema } from './schema.ts';
import { openSiteChanges } from './site-changes.ts';
import { eventText, heartbeatMs, newsText, openStream, type StreamClient } from './stream.ts';

/** Streams open at once: a page for each operator on duty, with room. */
export const maxStreams = 100;

const eventQuery = z.strictObject({
  lastEventId: z
    .string()
    .max(64)
    .optional()
    .describe('As the header Last-Event-ID, for clients that cannot set it.'),
});

interface Stream {
  readonly client: StreamClient;
  readonly actor: Actor;
}

/** The newest news of the process, and everyone who listens. */
interface Newsroom {
  readonly ring: NewsRing;
  readonly streams: Set<Stream>;
}

function openNewsroom(app: ApiServer, context: ApiContext): Newsroom {
  const { control, now, tokens } = context;
  const ring = openNewsRing(randomBytes(6).toString('hex'));
  const streams = new Set<Stream>();
  const changes = openSiteChanges();
  const unsubscribe = control.subscribe((news) => {
    if (news.kind === 'site' && !changes.isNew(control.state(), news.key, now())) {
      return;
    }
    const text = newsText(ring.add(news));
    for (const { client } of streams) {
      client.write(text);
    }
  });
  const heartbeat = setInterval(() => {
    const known = new Set(
      tokens()
        .filter(({ role }) => includesRole(role, 'viewer'))
        .map(({ name }) => name),
    );
    for (const { client, actor } of streams) {
      // A token that was taken back must not go on listening for weeks.
      if (known.has(actor.name)) {
        client.write(': still here\n\n');
      } else {
        client.end();
      }
    }
  }, heartbeatMs);
  heartbeat.unref();
  app.addHook('preClose', async () => {
    unsubscribe();
    clearInterval(heartbeat);
    for (const { client } of streams) {
      client.end();
    }
  });
  return { ring, streams };
}

function missedNews(ring: NewsRing, lastId: string | undefined, now: number): string {
  if (lastId === undefined) {
    return '';
  }
  const missed = ring.after(lastId);
  return missed === undefined
    ? eventText(ring.newestId(), { kind: 'reset', key: '', at: timeOf(now), audit: null })
    : missed.map(newsText).join('');
}

function lastEventId(request: FastifyRequest, fromQuery: string | undefined): string | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : fromQuery;
}

function listen(
  { ring, streams }: Newsroom,
  request: FastifyRequest,
  reply: FastifyReply,
  missed: (ring: NewsRing) => string,
): void {
  reply.hijack();
  const client = openStream(reply.raw, {
    ...securityHeaders,
    'content-security-policy': apiContentPolicy,
  });
  const text = missed(ring);
  if (text !== '') {
    client.write(text);
  }
  const actor = request.actor ?? { name: ownerOf(request), role: 'viewer' };
  const stream = { client, actor };
  streams.add(stream);
  reply.raw.once('close', () => {
    streams.delete(stream);
  });
}

/** The stream of everything that changes. */
export function eventRoutes(app: ApiServer, context: ApiContext): void {
  const newsroom = openNewsroom(app, context);
  app.get(
    '/events',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'listenToEvents',
        tags: ['operations'],
        summary: 'Everything that changes, as server-sent events.',
        description:
          'A client that comes back with Last-Event-ID gets what it missed, or the event `reset` when that is too long ago. The data of each event is a News object.',
        querystring: eventQuery,
        response: {
          200: {
            description: 'Server-sent events.',
            content: { 'text/event-stream': { schema: newsSchema } },
          },
        },
      },
    },
    (request, reply) => {
      if (newsroom.streams.size >= maxStreams) {
        reply.header('retry-after', '10');
        throw new ApiProblem(
          503,
          'too-many-clients',
          `${maxStreams} clients listen already. Close pages that are not needed, or ask again later.`,
        );
      }
      const lastId = lastEventId(request, request.query.lastEventId);
      listen(newsroom, request, reply, (ring) => missedNews(ring, lastId, context.now()));
    },
  );
}
