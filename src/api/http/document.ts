import fastifySwagger from '@fastify/swagger';
import type { FastifySchema, RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { roleFor } from './roles.ts';
import type { ApiServer } from './server.ts';
import { tidyDocument } from './tidy-document.ts';

const tags = [
  {
    name: 'sites',
    description: 'Register and read sites, and ask why one stands where it stands.',
  },
  { name: 'orders', description: 'A person overrides, approves, stops and starts automation.' },
  { name: 'notices', description: 'The words a visitor reads while a site is diverted.' },
  { name: 'incidents', description: 'What happened, step by step.' },
  { name: 'maintenance', description: 'Planned windows, once or by calendar.' },
  { name: 'routers', description: 'Routes as they are and as they should be.' },
  { name: 'limits', description: 'Session limits of the notice plane.' },
  { name: 'brakes', description: 'What holds automation back.' },
  { name: 'audit', description: 'Everything that was decided and ordered, as a chain of hashes.' },
  { name: 'operations', description: 'Health, metrics, reload and news.' },
];

const problemDescriptions: Readonly<Record<string, string>> = {
  400: 'The request is not valid; `errors` names every place.',
  401: 'No token, or one that is not known.',
  403: 'The token lacks the role, or the request comes from a foreign page.',
  404: 'There is no such thing.',
  409: 'Not possible in the present state.',
  413: 'The body is larger than 64 KiB.',
  415: 'The body is not JSON.',
  422: 'Understood, but it cannot be carried out.',
  429: 'Too many wrong tokens from this source.',
  500: 'Detour failed; its log has the cause.',
  502: 'A router or another system failed.',
  503: 'Not available now: the journal, the store or the notice plane.',
};

const problemContent = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
};

function problemResponses(route: RouteOptions, method: string): Record<string, object> {
  const isPublic = roleFor(method, route.url) === 'public';
  const statuses = ['400', '500'];
  if (!isPublic) {
    statuses.push('401', '403', '429');
  }
  if (route.url.includes(':')) {
    statuses.push('404');
  }
  if (method !== 'GET') {
    statuses.push('409', '413', '415', '422', '502', '503');
  }
  return Object.fromEntries(
    statuses
      .sort()
      .map((status) => [
        status,
        { description: problemDescriptions[status], content: problemContent },
      ]),
  );
}

function methodOf(route: RouteOptions): string {
  return [route.method].flat().find((method) => method !== 'HEAD') ?? 'GET';
}

const idempotencyHeader = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description:
        'The same key with the same request within 24 h brings the same answer, done once.',
    },
  },
};

function described(answer: unknown, description: string): unknown {
  const isWhole = typeof answer === 'object' && answer !== null && 'content' in answer;
  return isWhole ? answer : { description, content: { 'application/json': { schema: answer } } };
}

/** Adds to a route's own words what every route of its kind has: role, key of a repeat, and the problems it may answer. */
function documented(schema: FastifySchema, route: RouteOptions): FastifySchema {
  const method = methodOf(route);
  const role = roleFor(method, route.url);
  const isWrite = method !== 'GET' && route.url.startsWith('/api/');
  const needs = role === 'public' ? 'Needs no token.' : `Needs the role ${role}.`;
  const words = method === 'GET' ? 'The answer.' : 'Done; the resulting state.';
  const own = Object.entries(Object(schema.response)).map(([status, answer]) => [
    status,
    described(answer, words),
  ]);
  return {
    ...schema,
    description: `${schema.description ?? ''} ${needs}`.trim(),
    ...(role === 'public' ? { security: [] } : {}),
    ...(isWrite ? { headers: idempotencyHeader } : {}),
    response: { ...problemResponses(route, method), ...Object.fromEntries(own) },
  };
}

/** Serves the OpenAPI 3.1 document of every route registered after it. */
export async function addDocument(app: ApiServer, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Detour',
        version,
        description:
          'Sees a hosted website fail, diverts its address to a notice server, tells every visitor, and puts the route back. Errors are RFC 9457 problem+json. Times are RFC 3339. Every write may carry an Idempotency-Key, answers with the resulting state, and is in the audit before it acts.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This controller.' }],
      tags,
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description:
              'A token from "detour token create", with role viewer, operator, approver or admin.',
          },
        },
      },
      security: [{ token: [] }],
    },
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      const isHidden = schema === undefined || schema.hide === true;
      return { url, schema: isHidden ? { hide: true } : documented(schema, input.route) };
    },
    transformObject: (input) => tidyDocument(jsonSchemaTransformObject(input)),
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}
