import { connect } from 'node:net';
import type { InjectOptions } from 'fastify';
import { describe, expect, it } from 'vitest';
import { problemSchema } from '../../../src/api/http/problem.ts';
import { openApiBench } from '../../fakes/api-bench.ts';
import { newSite, validRequests } from '../../fakes/valid-requests.ts';

const override = (payload: unknown): InjectOptions => ({
  method: 'PUT',
  url: '/api/v1/sites/home01/override',
  payload: JSON.stringify(payload),
  headers: { 'content-type': 'application/json' },
});

const raw = (payload: string, contentType: string): InjectOptions => ({
  method: 'PUT',
  url: '/api/v1/freeze',
  payload,
  headers: { 'content-type': contentType },
});

/** What a client may get wrong, and the status that says so. */
const wrong: readonly (readonly [string, number, InjectOptions])[] = [
  ['a word that is no action', 400, override({ action: 'explode', reason: 'x' })],
  ['a reason of the wrong type', 400, override({ action: 'divert', reason: 42 })],
  ['an unknown key', 400, override({ action: 'divert', reason: 'x', force: true })],
  ['no reason', 400, override({ action: 'divert' })],
  ['an empty reason', 400, override({ action: 'divert', reason: '   ' })],
  ['a reason of 501 characters', 400, override({ action: 'divert', reason: 'x'.repeat(501) })],
  ['a reason with a line break', 400, override({ action: 'divert', reason: 'a\nforged line' })],
  ['a reason that turns the text around', 400, override({ action: 'divert', reason: 'a\u202Eb' })],
  ['half a second', 400, override({ action: 'divert', reason: 'x', expiresInSeconds: 90.5 })],
  ['a time that is over', 400, override({ action: 'divert', reason: 'x', expiresInSeconds: -60 })],
  [
    'an order that lasts too long',
    422,
    override({ action: 'divert', reason: 'x', expiresInSeconds: 1e9 }),
  ],
  ['an array for an object', 400, override([])],
  ['null', 400, override(null)],
  [
    'an object that poisons prototypes',
    400,
    raw('{"reason":"x","__proto__":{"a":1}}', 'application/json'),
  ],
  ['half a JSON document', 400, raw('{"reason":', 'application/json')],
  ['an empty body', 400, raw('', 'application/json')],
  ['no body', 400, { method: 'PUT', url: '/api/v1/freeze' }],
  ['text', 415, raw('reason=x', 'text/plain')],
  ['a form', 415, raw('reason=x', 'application/x-www-form-urlencoded')],
  ['XML', 415, raw('<reason/>', 'application/xml')],
  [
    'a body over 64 KiB',
    413,
    raw(JSON.stringify({ reason: 'x'.repeat(66_000) }), 'application/json'),
  ],
  ['a site that nobody registered', 404, { url: '/api/v1/sites/nobody' }],
  ['the why of nobody', 404, { url: '/api/v1/sites/nobody/why' }],
  ['the notice of nobody', 404, { url: '/api/v1/sites/nobody/notice' }],
  [
    'an order about nobody',
    404,
    { ...override({ action: 'hold', reason: 'x' }), url: '/api/v1/sites/nobody/override' },
  ],
  ['a router that is not there', 404, { url: '/api/v1/routers/nobody/routes' }],
  [
    'a drill of a router that is not there',
    404,
    { method: 'POST', url: '/api/v1/routers/nobody/drill' },
  ],
  ['an incident that never was', 404, { url: '/api/v1/incidents/i999-home01' }],
  ['a window that is not planned', 404, { method: 'DELETE', url: '/api/v1/maintenance/none' }],
  ['a path that leads nowhere', 404, { url: '/api/v2/sites' }],
  ['a name in capitals', 400, { url: '/api/v1/sites/HOME01' }],
  ['a path up the folders', 404, { url: '/api/v1/sites/../../etc/passwd' }],
  ['a path that is not encoded', 400, { url: '/api/v1/sites/%zz' }],
  ['a name of 10,000 characters', 404, { url: `/api/v1/sites/${'a'.repeat(10_000)}` }],
  ['a method that is not there', 405, { method: 'POST', url: '/api/v1/sites' }],
  ['PATCH', 405, { method: 'PATCH', url: '/api/v1/sites/home01' }],
  ['OPTIONS', 405, { method: 'OPTIONS', url: '/api/v1/sites' }],
  ['GET on the reload', 405, { url: '/-/reload' }],
  ['a limit that is no number', 400, { url: '/api/v1/audit?limit=many' }],
  ['more entries than fit', 400, { url: '/api/v1/audit?limit=1000000' }],
  ['an unknown question', 400, { url: '/api/v1/audit?sort=asc' }],
  ['no session at all', 400, { method: 'PUT', url: '/api/v1/limits', payload: { sessions: 0 } }],
  ['no limit', 400, { method: 'PUT', url: '/api/v1/limits', payload: {} }],
  [
    'a limit that does not exist',
    400,
    { method: 'PUT', url: '/api/v1/limits', payload: { sesions: 5 } },
  ],
  [
    'a large source with host bits',
    400,
    { method: 'PUT', url: '/api/v1/limits', payload: { largeSources: ['203.0.113.9/24'] } },
  ],
  [
    'a block longer than an hour',
    400,
    { method: 'PUT', url: '/api/v1/limits', payload: { blocking: { blockMs: 3_600_001 } } },
  ],
  ['a language that is none', 400, { url: '/api/v1/sites/home01/notice/preview?language=../x' }],
  [
    'a link that runs a script',
    400,
    {
      method: 'PUT',
      url: '/api/v1/sites/home01/notice',
      payload: { links: [{ url: 'javascript:alert(1)', label: { en: 'x' } }] },
    },
  ],
  [
    'a logo that is a script',
    400,
    {
      method: 'PUT',
      url: '/api/v1/sites/home01/notice',
      payload: { logo: 'data:image/svg+xml;base64,PHN2Zz4=' },
    },
  ],
  [
    'a recovery that is past',
    422,
    {
      method: 'PUT',
      url: '/api/v1/sites/home01/notice',
      payload: { expectedRecoveryAt: '2020-01-01T00:00:00Z' },
    },
  ],
  [
    'a recovery without a zone',
    400,
    {
      method: 'PUT',
      url: '/api/v1/sites/home01/notice',
      payload: { expectedRecoveryAt: '2026-11-25T00:00:00' },
    },
  ],
  [
    'a window that ends before it starts',
    422,
    {
      method: 'POST',
      url: '/api/v1/maintenance',
      payload: {
        sites: ['home01'],
        reason: 'x',
        startsAt: '2026-11-25T02:00:00Z',
        endsAt: '2026-11-25T01:00:00Z',
      },
    },
  ],
  [
    'a window of a month',
    422,
    {
      method: 'POST',
      url: '/api/v1/maintenance',
      payload: { sites: ['home01'], reason: 'x', endsAt: '2026-12-24T01:00:00Z' },
    },
  ],
  [
    'a window for nobody',
    422,
    {
      method: 'POST',
      url: '/api/v1/maintenance',
      payload: { sites: ['home01', 'nobody'], reason: 'x', endsAt: '2026-11-25T01:00:00Z' },
    },
  ],
  [
    'a window at no time',
    400,
    {
      method: 'POST',
      url: '/api/v1/maintenance',
      payload: {
        sites: ['home01'],
        reason: 'x',
        cron: '99 3 * * 1',
        durationSeconds: 3_600,
        timeZone: 'Asia/Seoul',
      },
    },
  ],
  [
    'a window on Mars',
    400,
    {
      method: 'POST',
      url: '/api/v1/maintenance',
      payload: {
        sites: ['home01'],
        reason: 'x',
        cron: '0 3 * * 1',
        durationSeconds: 3_600,
        timeZone: 'Mars/Olympus',
      },
    },
  ],
  [
    'another webhook',
    400,
    { method: 'POST', url: '/api/v1/signals/alertmanager', payload: { version: '3', alerts: [] } },
  ],
  [
    'a pattern that cannot end',
    400,
    {
      method: 'PUT',
      url: '/api/v1/sites/new',
      payload: { ...newSite, probes: [{ ...newSite.probes[0], expect: { body: '(?=x)' } }] },
    },
  ],
  [
    'a key that is no key',
    400,
    {
      ...override({ action: 'hold', reason: 'x' }),
      headers: { 'content-type': 'application/json', 'idempotency-key': 'two words' },
    },
  ],
];

describe('problems', () => {
  it.each(wrong)('answer %s with %i', async (_, status, request) => {
    await using bench = await openApiBench();

    const answer = await bench.ask('admin', request);

    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const body = problemSchema.strict().parse(answer.json());
    expect(body.status).toBe(status);
    expect(body.detail.length).toBeGreaterThan(10);
    expect(answer.body).not.toMatch(/node_modules|at \w+ \(|FST_ERR|ZodError/);
  });

  it('name every place at once, as a JSON pointer', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('operator', override({ action: 'explode', force: true }));

    const paths = answer.json().errors.map(({ path }: { path: string }) => path);
    expect(paths.sort()).toEqual(['/body', '/body/action', '/body/reason']);
  });

  it('say which methods a path has', async () => {
    await using bench = await openApiBench();

    const answer = await bench.app.inject({
      method: 'PATCH',
      url: '/api/v1/sites/home01/override',
    });

    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('DELETE, PUT');
  });

  it('tell nothing of the inside when Detour itself fails', async () => {
    await using bench = await openApiBench({
      metricsText: async () => {
        throw new Error('secret /etc/detour/keys is broken');
      },
    });

    const answer = await bench.app.inject('/metrics');

    expect(answer.statusCode).toBe(500);
    expect(problemSchema.parse(answer.json())).toMatchObject({ code: 'internal' });
    expect(answer.body).not.toContain('secret');
  });

  it('answer what is no HTTP at all', async () => {
    await using bench = await openApiBench();
    const port = await bench.listen();
    const answer = await sendRaw(port, 'hello\r\n\r\n');

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('application/problem+json');
  });

  it('refuse a header that does not end', async () => {
    await using bench = await openApiBench();
    const port = await bench.listen();
    const head = `GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`;
    const answer = await sendRaw(port, head);

    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('hosts and origins', () => {
  const read = validRequests['GET /api/v1/sites'] ?? {};

  it.each([
    'localhost',
    'LOCALHOST:8600',
    '127.0.0.1:8600',
    '[::1]:8600',
    '10.0.0.7',
    'noc.example.kr:8600',
  ])('answer under %s', async (host) => {
    await using bench = await openApiBench({ hostnames: ['noc.example.kr'] });

    expect((await bench.ask('viewer', { ...read, headers: { host } })).statusCode).toBe(200);
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'a@b', '::1'])(
    'answer nothing under "%s", which DNS could point at us',
    async (host) => {
      await using bench = await openApiBench();

      const answer = await bench.ask('viewer', { ...read, headers: { host } });

      expect(answer.statusCode).toBe(421);
      expect(answer.json()).toMatchObject({ code: 'foreign-host' });
    },
  );

  it('let the own page write, and no page of another origin', async () => {
    await using bench = await openApiBench();
    const freeze = validRequests['PUT /api/v1/freeze'] ?? {};
    const from = async (headers: Record<string, string>): Promise<number> =>
      (await bench.ask('operator', { ...freeze, headers: { host: 'localhost:8600', ...headers } }))
        .statusCode;

    expect(await from({ origin: 'http://localhost:8600', 'sec-fetch-site': 'same-origin' })).toBe(
      200,
    );
    expect(await from({ origin: 'https://evil.example' })).toBe(403);
    expect(await from({ origin: 'null' })).toBe(403);
    expect(await from({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  });

  it('send no permission to other origins, and what keeps browsers careful', async () => {
    await using bench = await openApiBench();

    const { headers } = await bench.ask('viewer', read);

    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });
});

function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
