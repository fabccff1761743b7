import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMarker } from '../../../src/lib/marker.ts';
import { openStage, type Stage, tempFolder } from './stage.ts';
import { ask, Visitor } from './visitor.ts';

let stage: Stage;
let acmeFolder: string;

beforeAll(async () => {
  acmeFolder = join(await tempFolder(), 'acme');
  await mkdir(acmeFolder);
  await writeFile(join(acmeFolder, 'token-1'), 'token-1.thumbprint');
  stage = await openStage(
    {
      sites: [
        { name: 'home01', fullBytes: 12_000 },
        { name: 'home02' },
        { name: 'byaddress', addresses: ['127.0.0.1'] },
        { name: 'chosen', status: 200 },
      ],
    },
    { acmeFolder },
  );
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('the answer to a visitor', () => {
  it("is the site's own notice, signed, with everything a cache or a robot needs to know", async () => {
    const { status, headers, text } = await ask(stage.port, 'home01.example.kr');

    expect(status).toBe(503);
    expect(text).toContain('notice of home01 [ko html full]');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
      'content-language': 'ko',
      'content-type': 'text/html; charset=utf-8',
      vary: 'Accept, Accept-Language, Accept-Encoding',
    });
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(96);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(144);
    expect(readMarker(headers['detour-notice'] ?? '', stage.keys.publicKey)).toEqual({
      site: 'home01',
      generation: 1,
    });
  });

  it('tells the page that it answers a form, and only then', async () => {
    const accept = 'Accept-Encoding: br, gzip\r\n';

    const page = await ask(stage.port, 'home01.example.kr', {});
    const form = await ask(stage.port, 'home01.example.kr', { method: 'POST', headers: accept });
    const json = await ask(stage.port, 'home01.example.kr', {
      method: 'POST',
      headers: 'Accept: application/json\r\n',
    });

    expect(page.text).not.toContain('data-sent');
    expect(form.text).toBe(`${page.text}<i data-sent></i>\n`);
    expect(form.headers).not.toHaveProperty('content-encoding');
    expect(json.text).not.toContain('data-sent');
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'BREW', 'PROPFIND'])(
    'is the notice for %s too, on any path',
    async (method) => {
      const paths = ['/robots.txt', '/sw.js', '/a/../b?c=%00', '/.well-known/assetlinks.json'];
      for (const path of paths) {
        const { status, text } = await ask(stage.port, 'home01.example.kr', { method, path });

        expect(status).toBe(503);
        expect(text).toContain('notice of home01');
      }
    },
  );

  it.each([
    '/robots.txt',
    '/robots.txt?again',
    '/sw.js',
    '/service-worker.js',
    '/.well-known/assetlinks.json',
    '/.well-known/apple-app-site-association',
    '/apple-app-site-association',
    'http://chosen.example.kr/robots.txt',
  ])(
    'is no success for the program that asks for %s, even of a site that chose 200',
    async (path) => {
      const { status, text } = await ask(stage.port, 'chosen.example.kr', { path });

      expect(status).toBe(503);
      expect(text).toContain('notice of chosen');
    },
  );

  it.each(['/', '/robots.txt.html', '/sw.jsx', '/a/robots.txt'])(
    'has the status that its site chose for %s',
    async (path) => {
      const { status } = await ask(stage.port, 'chosen.example.kr', { path, may: 200 });

      expect(status).toBe(200);
    },
  );

  it('has no body for HEAD, and the same head', async () => {
    const head = await ask(stage.port, 'home01.example.kr', { method: 'HEAD' });
    const get = await ask(stage.port, 'home01.example.kr');

    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    expect(Object.keys(head.headers)).toEqual(Object.keys(get.headers));
  });

  it('leaves nothing behind a HEAD that could be taken for the next answer', async () => {
    using visitor = new Visitor({ port: stage.port });
    visitor.send('HEAD / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');
    await visitor.answer({ isHead: true });
    visitor.send('GET / HTTP/1.1\r\nHost: home02.example.kr\r\nConnection: close\r\n\r\n');

    expect((await visitor.answer()).text).toContain('notice of home02');
    await visitor.closed();
    expect(visitor.rest).toBe('');
  });

  it.each([
    ['Accept: application/json\r\n', 'ko json full', 'application/problem+json'],
    [
      'Accept: text/plain\r\nAccept-Language: en-GB\r\n',
      'en text full',
      'text/plain; charset=utf-8',
    ],
    ['Accept-Language: fr, en;q=0.5\r\n', 'en html full', 'text/html; charset=utf-8'],
  ])('follows %j', async (headers, form, type) => {
    const answer = await ask(stage.port, 'home01.example.kr', { headers });

    expect(answer.text).toContain(`[${form}]`);
    expect(answer.headers['content-type']).toBe(type);
  });

  it('comes compressed to who takes it so, and is the same page', async () => {
    const plain = await ask(stage.port, 'home01.example.kr');
    const gzip = await ask(stage.port, 'home01.example.kr', {
      headers: 'Accept-Encoding: gzip\r\n',
    });
    const br = await ask(stage.port, 'home01.example.kr', {
      headers: 'Accept-Encoding: gzip, deflate, br\r\n',
    });

    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(br.headers['content-encoding']).toBe('br');
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
    expect(br.body.length).toBeLessThan(plain.body.length / 10);
  });

  it('is neutral for a name that is nobody here', async () => {
    const { headers, text } = await ask(stage.port, 'stranger.example.kr');

    expect(text).toContain('neutral notice');
    expect(readMarker(headers['detour-notice'] ?? '', stage.keys.publicKey)).toEqual({
      site: '-',
      generation: 0,
    });
  });

  it('may be a 200 where the owner chose so', async () => {
    const { status, text } = await ask(stage.port, 'chosen.example.kr', { may: 200 });

    expect(status).toBe(200);
    expect(text).toContain('notice of chosen');
  });

  it('goes by the address for an HTTP/1.0 client that names no host', async () => {
    using visitor = new Visitor({ port: stage.port });
    const { text } = await visitor.send('GET / HTTP/1.0\r\n\r\n').answer();

    expect(text).toContain('notice of byaddress');
    await visitor.closed();
  });

  it('goes by the authority of an absolute-form target, not by Host', async () => {
    using visitor = new Visitor({ port: stage.port });
    visitor.send('GET http://home02.example.kr/x HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');

    expect((await visitor.answer()).text).toContain('notice of home02');
  });
});

describe('a connection', () => {
  it('is kept for the next request, and pipelined requests are answered in order', async () => {
    using visitor = new Visitor({ port: stage.port });
    const names = ['home01', 'home02', 'home01', 'stranger', 'home02'];
    visitor.send(
      names.map((name) => `GET / HTTP/1.1\r\nHost: ${name}.example.kr\r\n\r\n`).join(''),
    );

    for (const name of names) {
      const { text, headers } = await visitor.answer();
      expect(text).toContain(name === 'stranger' ? 'neutral notice' : `notice of ${name}`);
      expect(headers['connection']).toBeUndefined();
    }
  });

  it.each([
    ['CONNECT', 'CONNECT home01.example.kr:443 HTTP/1.1\r\nHost: home01.example.kr:443\r\n\r\n'],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: home01.example.kr\r\nCookie: a=b\r\n\r\n'],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n'],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\nHost: home01.example.kr\r\nConnection: keep-alive\r\n\r\n'],
    ['Connection: close', 'GET / HTTP/1.1\r\nHost: home01.example.kr\r\nConnection: close\r\n\r\n'],
    ['a body', 'POST / HTTP/1.1\r\nHost: home01.example.kr\r\nContent-Length: 3\r\n\r\nabc'],
    [
      'an announced body',
      'PUT / HTTP/1.1\r\nHost: home01.example.kr\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n',
    ],
  ])('ends with the notice after %s', async (_, request) => {
    using visitor = new Visitor({ port: stage.port });
    const answer = await visitor.send(request).answer();

    expect(answer.text).toContain('notice of home01');
    expect(answer.headers['connection']).toBe('close');
    await visitor.closed();
    expect(visitor.rest).toBe('');
  });

  it('answers a WebSocket handshake with the notice and no upgrade', async () => {
    const headers =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n';

    expect((await ask(stage.port, 'home01.example.kr', { headers })).status).toBe(503);
  });

  it('gets its answer although the client has closed its own side already', async () => {
    using visitor = new Visitor({ port: stage.port });
    visitor.socket.end('GET / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');

    expect((await visitor.answer()).text).toContain('notice of home01');
    await visitor.closed();
  });

  it('ends after a thousand requests, so that a flood meets the limits on new ones', async () => {
    using visitor = new Visitor({ port: stage.port });
    const request = 'HEAD / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n';
    visitor.send(request.repeat(1_001));
    for (let count = 1; count < 1_000; count += 1) {
      expect((await visitor.answer({ isHead: true })).headers['connection']).toBeUndefined();
    }

    expect((await visitor.answer({ isHead: true })).headers['connection']).toBe('close');
    await visitor.closed();
    expect(visitor.rest).toBe('');
  });

  it.each([
    [
      'two Hosts',
      400,
      'GET / HTTP/1.1\r\nHost: home01.example.kr\r\nHost: home02.example.kr\r\n\r\n',
    ],
    ['no Host', 400, 'GET / HTTP/1.1\r\n\r\n'],
    ['the HTTP/2 preface', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0'],
    ['a TLS hello', 400, '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
    ['a line that is too long', 414, `GET /${'a'.repeat(20_000)}`],
    ['a head that is too long', 431, `GET / HTTP/1.1\r\nCookie: ${'a'.repeat(20_000)}`],
  ])('is refused for %s with %i and no words of any site', async (_, status, request) => {
    using visitor = new Visitor({ port: stage.port });
    const answer = await visitor.send(request).answer();

    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('notice of');
    expect(readMarker(answer.headers['detour-notice'] ?? '', stage.keys.publicKey)?.site).toBe('-');
    await visitor.closed();
  });
});

describe('an ACME challenge', () => {
  const path = (token: string): string => `/.well-known/acme-challenge/${token}`;

  it('is answered from its token file', async () => {
    const answer = await ask(stage.port, 'home01.example.kr', { path: path('token-1'), may: 200 });

    expect(answer.status).toBe(200);
    expect(answer.text).toBe('token-1.thumbprint');
  });

  it('is answered from the snapshot, until a snapshot comes without it', async () => {
    const question = { path: path('token-2'), may: 200 };
    const sites = [{ name: 'home01' }];
    await using other = await openStage({
      sites,
      challenges: [{ token: 'token-2', answer: 'token-2.thumbprint' }],
    });

    const before = await ask(other.port, 'home01.example.kr', question);
    await other.publish({ sites, generation: 2 });
    await other.notice.refresh();
    const after = await ask(other.port, 'home01.example.kr', { path: path('token-2') });

    expect([before.status, before.text]).toEqual([200, 'token-2.thumbprint']);
    expect(after.status).toBe(503);
  });

  it.each(['token-2', '..%2ftoken-1', '../acme/token-1', ''])(
    'of somebody else (%s) gets the notice',
    async (token) => {
      const answer = await ask(stage.port, 'home01.example.kr', { path: path(token) });

      expect(answer.text).toContain('notice of home01');
    },
  );
});

describe('whatever is sent', () => {
  const fragment = fc.oneof(
    fc.constantFrom(
      'GET / HTTP/1.1\r\n',
      'POST ',
      'Host: home01.example.kr\r\n',
      'Host: home02.example.kr\r\n',
      '\r\n',
      '\r\n\r\n',
      'Content-Length: 4\r\n',
      'Transfer-Encoding: chunked\r\n',
      '0\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );

  it('is never answered with success, nor with a header that is not on the list', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fragment, { maxLength: 12 }), async (parts) => {
        using visitor = new Visitor({ port: stage.port, from: '127.0.3.1' });
        visitor.socket.end(Buffer.from(parts.join(''), 'latin1'));
        await visitor.closed();

        while (visitor.rest !== '') {
          await visitor.answer();
        }
      }),
      { numRuns: 40 },
    );
    expect((await ask(stage.port, 'home01.example.kr')).status).toBe(503);
    expect(stage.logText()).not.toContain('A session failed');
  });

  it('no site is ever shown under the name of another', async () => {
    const names = ['home01', 'home02', 'stranger'];
    const visits = Array.from({ length: 300 }, async (_, n) => {
      const name = names[n % names.length];
      const { text, headers } = await ask(stage.port, `${name}.example.kr`, {
        from: `127.0.1.${1 + (n % 20)}`,
        headers: n % 2 === 0 ? 'Accept: text/plain\r\n' : '',
      });
      const marker = readMarker(headers['detour-notice'] ?? '', stage.keys.publicKey);
      return [name, /home\d\d|neutral/.exec(text)?.[0], marker?.site];
    });

    for (const [name, words, site] of await Promise.all(visits)) {
      expect([words, site]).toEqual(name === 'stranger' ? ['neutral', '-'] : [name, name]);
    }
  });
});
