import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problemSchema } from '../../../src/api/http/problem.ts';
import { routeRoles } from '../../../src/api/http/roles.ts';
import { openApiBench } from '../../fakes/api-bench.ts';
import { likely } from '../../fakes/from-schema.ts';

const run = promisify(execFile);

/** The outside contract: names here are fixed; others may be added, none renamed. */
const contract = `
GET /api/v1/sites
GET /api/v1/sites/{site}
PUT /api/v1/sites/{site}
DELETE /api/v1/sites/{site}
GET /api/v1/sites/{site}/why
GET /api/v1/readiness
PUT /api/v1/sites/{site}/override
DELETE /api/v1/sites/{site}/override
GET /api/v1/freeze
PUT /api/v1/freeze
DELETE /api/v1/freeze
GET /api/v1/sites/{site}/notice
PUT /api/v1/sites/{site}/notice
GET /api/v1/sites/{site}/notice/preview
GET /api/v1/incidents
GET /api/v1/incidents/{id}
POST /api/v1/incidents/{id}/acknowledge
GET /api/v1/maintenance
POST /api/v1/maintenance
DELETE /api/v1/maintenance/{id}
GET /api/v1/routers
GET /api/v1/routers/{router}/routes
POST /api/v1/routers/{router}/drill
GET /api/v1/limits
PUT /api/v1/limits
GET /api/v1/brakes
POST /api/v1/brakes/{brake}/release
GET /api/v1/audit
GET /api/v1/events
POST /api/v1/signals/alertmanager
GET /metrics
GET /-/healthy
GET /-/ready
POST /-/reload
`
  .trim()
  .split('\n');

const parameterSchema = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  schema: z.record(z.string(), z.unknown()),
});
const operationSchema = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  tags: z.array(z.string()).min(1),
  parameters: z.array(parameterSchema).default([]),
  requestBody: z
    .object({
      content: z.object({
        'application/json': z.object({ schema: z.record(z.string(), z.unknown()) }),
      }),
    })
    .optional(),
  responses: z.record(z.string(), z.unknown()),
});
const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  servers: z.array(z.object({ url: z.string() })).min(1),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

const methods = { get: 'GET', put: 'PUT', post: 'POST', delete: 'DELETE' } as const;

async function readDocument(): Promise<z.infer<typeof documentSchema>> {
  await using bench = await openApiBench();
  return documentSchema.parse((await bench.app.inject('/openapi.json')).json());
}

describe('the OpenAPI document', () => {
  it('has every route of the contract, and no route without a role', async () => {
    const { paths } = await readDocument();
    const routes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const hidden = ['GET /openapi.json', 'GET /', 'GET /*'];

    expect(routes).toEqual(expect.arrayContaining(contract));
    expect(routes.sort()).toEqual(
      Object.keys(routeRoles)
        .filter((route) => !hidden.includes(route))
        .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'))
        .sort(),
    );
  });

  it('has a name, words and problem answers for every operation', async () => {
    const { paths } = await readDocument();
    const operations = Object.values(paths).flatMap((path) => Object.values(path));

    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const operation of operations) {
      expect(operation.description).toMatch(/Needs (no token|the role \w+)\./);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '500']));
    }
  });

  it('is valid OpenAPI 3.1 without errors or warnings', { timeout: 60_000 }, async () => {
    await using bench = await openApiBench();
    const folder = mkdtempSync(join(tmpdir(), 'detour-openapi-'));
    const file = join(folder, 'openapi.json');
    writeFileSync(file, (await bench.app.inject('/openapi.json')).body);

    const lint = ['node_modules/@redocly/cli/bin/cli.js', 'lint', '--format=json', file];
    const { stdout } = await run(process.execPath, lint, {
      env: { HOME: folder, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    rmSync(folder, { recursive: true });

    expect(JSON.parse(stdout)).toMatchObject({ totals: { errors: 0, warnings: 0 }, problems: [] });
  });
});

describe('requests made from the document', () => {
  it('never make Detour fail, whatever is in them', { timeout: 60_000 }, async () => {
    const { paths } = await readDocument();
    await using bench = await openApiBench();
    const operations = Object.entries(paths).flatMap(([path, byMethod]) =>
      Object.entries(methods).flatMap(([word, method]) => {
        const operation = byMethod[word];
        return operation === undefined || path.endsWith('/events')
          ? []
          : [{ path, method, operation }];
      }),
    );
    const requests = fc.constantFrom(...operations).chain(({ path, method, operation }) => {
      const { parameters, requestBody } = operation;
      const values = fc.record(
        Object.fromEntries(parameters.map(({ name, schema }) => [name, likely(schema).map(words)])),
      );
      const body = requestBody?.content['application/json'].schema;
      const payload = body === undefined ? fc.constant(undefined) : likely(body);
      return fc.record({ values, payload }).map((made) => ({ path, method, parameters, ...made }));
    });
    const seen = new Map<number, number>();

    await fc.assert(
      fc.asyncProperty(requests, async ({ path, method, parameters, values, payload }) => {
        const named = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(values[name]));
        const query = parameters
          .filter((parameter) => parameter.in === 'query')
          .map(({ name }) => `${name}=${encoded(values[name])}`);
        const answer = await bench.ask('admin', {
          method,
          url: query.length === 0 ? named : `${named}?${query.join('&')}`,
          ...(payload === undefined
            ? {}
            : {
                payload: JSON.stringify(payload),
                headers: { 'content-type': 'application/json' },
              }),
        });
        seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1);
        expect(answer.statusCode, answer.body).toBeLessThan(500);
        if (answer.statusCode >= 400) {
          problemSchema.parse(answer.json());
        }
      }),
      { numRuns: 2_000 },
    );

    // The property says nothing if every request is turned away at the door.
    expect(seen.get(200) ?? 0).toBeGreaterThan(100);
    expect(seen.get(400) ?? 0).toBeGreaterThan(100);
  });
});

function words(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function encoded(value: unknown): string {
  // A lone surrogate cannot be written into a URL at all.
  return encodeURIComponent(String(value).toWellFormed());
}
