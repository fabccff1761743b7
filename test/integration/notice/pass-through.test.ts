import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { PassThrough } from '../../../src/core/site.ts';
import { readMarker } from '../../../src/lib/marker.ts';
import { readPreamble } from '../../../src/notice/proxy-preamble.ts';
import { closedPort, httpAnswer, serveTcp, tlsFixture } from '../../fakes/loopback-server.ts';
import type { FakeSite, FakeSnapshot } from '../../fakes/snapshot.ts';
import { putCertificate } from '../../support/certificates.ts';
import { until } from '../../support/until.ts';
import { visit } from './secure-visitor.ts';
import { metric, openStage, type Stage } from './stage.ts';
import { ask, Visitor } from './visitor.ts';

const shop = 'shop.example.kr';
const bank = 'bank.example.kr';
/** The host that the certificate of the origin is for. */
const certified = 'home01.example.kr';

let open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.reverse()) {
    await each[Symbol.asyncDispose]();
  }
  open = [];
});

function closing<T extends AsyncDisposable>(resource: T): T {
  open.push(resource);
  return resource;
}

/** The web server of a healthy site; it echoes what is posted. */
class Origin {
  readonly requests: string[] = [];
  readonly #server: Server;

  constructor(isTls = false) {
    const answer: RequestListener = (request, response) => {
      this.requests.push(`${request.method} ${request.headers.host}${request.url}`);
      if (request.method === 'POST') {
        request.pipe(response);
      } else {
        response.end('the bank itself');
      }
    };
    const pair = { cert: tlsFixture('site.crt'), key: tlsFixture('site.key') };
    this.#server = isTls ? createHttpsServer(pair, answer) : createServer(answer);
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function passTo(ports: Partial<PassThrough>): PassThrough {
  return { address: '127.0.0.1', http: 1, https: 1, proxyProtocol: false, ...ports };
}

/** The shop has failed; the bank on the same address has not. */
function sites(passThrough: PassThrough | undefined, hostnames = [bank]): readonly FakeSite[] {
  return [
    { name: 'shop', addresses: ['127.0.0.1'] },
    {
      name: 'bank',
      hostnames,
      addresses: ['127.0.0.1'],
      generation: passThrough === undefined ? 2 : 0,
      ...(passThrough === undefined ? {} : { passThrough }),
    },
  ];
}

async function stageFor(
  passThrough: PassThrough,
  limits: FakeSnapshot['limits'] = {},
): Promise<Stage> {
  return closing(await openStage({ sites: sites(passThrough), limits }));
}

async function endings(stage: Stage, ending: string): Promise<number> {
  const line = `detour_notice_passed_total{site="bank",ending="${ending}"}`;
  return metric(await stage.notice.metrics(), line);
}

/** An origin that speaks bare TCP, and the notice plane before it. */
async function withRawOrigin(
  onConnection: (socket: Socket) => void,
  options: { readonly proxyProtocol?: boolean; readonly limits?: FakeSnapshot['limits'] } = {},
): Promise<Stage> {
  const origin = closing(await serveTcp(onConnection));
  const { proxyProtocol = false, limits } = options;
  return await stageFor(passTo({ http: origin.port, proxyProtocol }), limits);
}

interface FetchedText {
  readonly status: number | undefined;
  readonly body: string;
  readonly marker: string | string[] | undefined;
}

/** As a browser asks, with whatever headers the answer has. */
async function fetchText(port: number, host: string): Promise<FetchedText> {
  const sent = httpRequest({ port, host: '127.0.0.1', headers: { host }, agent: false }).end();
  const [response] = await once(sent, 'response');
  const body = (await buffer(response)).toString();
  return { status: response.statusCode, body, marker: response.headers['detour-notice'] };
}

const get = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

async function text(socket: Socket): Promise<string> {
  return (await buffer(socket)).toString();
}

describe('a healthy site on the address of a failed one', () => {
  it('is answered by its own origin, while the failed one shows its notice', async () => {
    const origin = closing(new Origin());
    const stage = await stageFor(passTo({ http: await origin.listen() }));

    const healthy = await fetchText(stage.port, bank);
    const failed = await ask(stage.port, shop, { headers: 'Accept: text/plain\r\n' });
    const stranger = await ask(stage.port, 'who.example.kr', { headers: 'Accept: text/plain\r\n' });

    expect(healthy).toEqual({ status: 200, body: 'the bank itself', marker: undefined });
    expect(failed.text).toContain('notice of shop');
    expect(stranger.text).toContain('neutral notice');
    expect(origin.requests).toEqual([`GET ${bank}/`]);
  });

  it('shows its own certificate over HTTPS, the failed one that of its notice', async () => {
    const origin = closing(new Origin(true));
    const certificates = await mkdtemp(join(tmpdir(), 'dn-crt-'));
    await putCertificate(certificates, { label: shop });
    const stage = closing(
      await openStage(
        { sites: sites(passTo({ https: await origin.listen() }), [certified]) },
        { https: [{ host: '127.0.0.1', port: 0 }], certificates },
      ),
    );
    const tls = stage.notice.httpsAddresses[0]?.port ?? 0;

    const healthy = await visit({ port: tls, serverName: certified, isOrigin: true });
    const failed = await visit({ port: tls, serverName: shop });
    await rm(certificates, { recursive: true });

    expect(healthy).toMatchObject({ status: 200 });
    expect(healthy.body).toContain('the bank itself');
    expect(healthy.certificate.raw).toEqual(new X509Certificate(tlsFixture('site.crt')).raw);
    expect(failed.body).toContain('notice of shop');
    expect(failed.certificate.subjectaltname).toBe(`DNS:${shop}`);
  });

  it('takes and gives 50 MB without a byte changed', async () => {
    const origin = closing(new Origin());
    const stage = await stageFor(passTo({ http: await origin.listen() }));
    const piece = randomBytes(1 << 20);
    const pieces = 50;
    const sent = createHash('sha256');

    const request = httpRequest({
      port: stage.port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { host: bank },
    });
    Readable.from(
      (function* () {
        for (let n = 0; n < pieces; n += 1) {
          piece.writeUInt32BE(n);
          sent.update(piece);
          yield Buffer.from(piece);
        }
      })(),
    ).pipe(request);
    const [response] = await once(request, 'response');
    const got = createHash('sha256');
    let bytes = 0;
    for await (const chunk of response) {
      got.update(chunk);
      bytes += chunk.length;
    }

    expect(bytes).toBe(pieces * piece.length);
    expect(got.digest('hex')).toBe(sent.digest('hex'));
    const passed = await stage.notice.metrics();
    for (const direction of ['in', 'out']) {
      const line = `detour_notice_passed_bytes_total{site="bank",direction="${direction}"}`;
      expect(metric(passed, line)).toBeGreaterThanOrEqual(bytes);
    }
  });

  it('hears that its visitor has said all, and may answer after that', async () => {
    const stage = await withRawOrigin((socket) => {
      socket.allowHalfOpen = true;
      let heard = '';
      socket.on('data', (chunk) => {
        heard += chunk;
      });
      socket.once('end', () => socket.end(`heard ${heard.length} bytes, then the end`));
    });
    const visitor = connect({ port: stage.port, host: '127.0.0.1', allowHalfOpen: true });

    visitor.end(get(bank));
    const heard = await text(visitor);

    expect(heard).toBe(`heard ${get(bank).length} bytes, then the end`);
    await until('it is counted', async () => (await endings(stage, 'over')) === 1);
  });

  it('is not read faster than its visitor reads', async () => {
    const answer = randomBytes(32 << 20);
    let writer: Socket | undefined;
    const stage = await withRawOrigin((socket) => {
      writer = socket;
      socket.once('data', () => socket.end(answer));
    });
    const visitor = connect({ port: stage.port, host: '127.0.0.1' });
    visitor.pause().write(get(bank));
    // What the kernel's buffers take goes; then nothing moves any more.
    let waiting = 0;
    await until('the origin has to wait', () => {
      const before = waiting;
      waiting = writer?.writableLength ?? 0;
      return before > 0 && before === waiting;
    });

    const got = await buffer(visitor);

    expect(waiting).toBeGreaterThan(answer.length / 4);
    expect(got.equals(answer)).toBe(true);
  });

  it('that dies in the midst of an answer leaves no answer that looks whole', async () => {
    const stage = await withRawOrigin((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\nhalf of', () => socket.resetAndDestroy());
      });
    });
    const visitor = connect({ port: stage.port, host: '127.0.0.1' });
    visitor.write(get(bank));

    await expect(text(visitor)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until('it is counted', async () => (await endings(stage, 'reset')) === 1);
  });

  it('that takes no connection is said to be out of reach, by an answer that is ours', async () => {
    const stage = await stageFor(passTo({ http: await closedPort() }));

    const answer = await ask(stage.port, bank);

    expect(answer.status).toBe(502);
    expect(readMarker(answer.headers['detour-notice'] ?? '', stage.keys.publicKey)).toEqual({
      site: 'bank',
      generation: 0,
    });
    expect(await endings(stage, 'origin-refused')).toBe(1);
  });

  it('is told who its visitor is, if it wants to', async () => {
    const heard = Promise.withResolvers<Buffer>();
    const stage = await withRawOrigin(
      (socket) => {
        socket.once('data', (chunk: Buffer) => {
          heard.resolve(chunk);
          socket.end(httpAnswer(200));
        });
      },
      { proxyProtocol: true },
    );

    await ask(stage.port, bank, { from: '127.0.0.77', may: 200 }).catch(() => undefined);
    const bytes = await heard.promise;
    const preamble = readPreamble(bytes);

    expect(preamble).toMatchObject({ is: 'whole', client: '127.0.0.77' });
  });
});

describe('a connection that is passed through', () => {
  it('never carries a request for another site to the origin', async () => {
    const origin = closing(new Origin());
    const stage = await stageFor(passTo({ http: await origin.listen() }));
    const visitor = connect({ port: stage.port, host: '127.0.0.1' });

    visitor.write(get(bank));
    await until('the first answer', () => visitor.read()?.toString().includes('the bank itself'));
    visitor.write(get(shop));
    const rest = await text(visitor);

    expect(rest).toBe('');
    expect(origin.requests).toEqual([`GET ${bank}/`]);
    expect(await endings(stage, 'misdirected')).toBe(1);
  });

  it('may begin after a notice of another site on the same connection', async () => {
    const origin = closing(new Origin());
    const stage = await stageFor(passTo({ http: await origin.listen() }));
    using visitor = new Visitor({ port: stage.port });

    const notice = await visitor.send(get(shop)).answer();
    visitor.send(get(bank));
    await until('the answer of the origin', () => visitor.rest.includes('the bank itself'));

    expect(notice.status).toBe(503);
    expect(visitor.rest).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('ends soon when its site fails, and the next one sees the notice', async () => {
    const stage = await withRawOrigin((socket) => {
      socket.on('data', () => socket.write(httpAnswer(200, 'well')));
    });
    using visitor = new Visitor({ port: stage.port });
    visitor.send(get(bank));
    await until('the answer', () => visitor.rest.endsWith('well'));

    await stage.publish({ generation: 2, sites: sites(undefined) });
    await stage.notice.refresh();
    await visitor.closed();
    const answer = await ask(stage.port, bank, { headers: 'Accept: text/plain\r\n' });

    expect(answer.text).toContain('notice of bank');
    expect(await endings(stage, 'moved')).toBe(1);
  });

  it('ends when nothing has moved for as long as the limit allows', async () => {
    const stage = await withRawOrigin(
      (socket) => {
        socket.once('data', () => socket.write(httpAnswer(200, 'well')));
      },
      { limits: { passedIdleMs: 300 } },
    );
    using visitor = new Visitor({ port: stage.port });
    visitor.send(get(bank));
    await until('the answer', () => visitor.rest.endsWith('well'));

    await visitor.closed();

    expect(await endings(stage, 'idle')).toBe(1);
  });

  it('is one of few for each site, and more are turned away', async () => {
    const stage = await withRawOrigin(() => undefined, { limits: { sitePassedSessions: 1 } });
    using held = new Visitor({ port: stage.port });
    held.send(get(bank));
    const line = 'detour_notice_passed_sessions{site="bank"}';
    await until('it is held', async () => metric(await stage.notice.metrics(), line) === 1);

    const answer = await ask(stage.port, bank);

    expect(answer.status).toBe(503);
    // What it was sent is counted once, whether or not somebody has collected the metrics since.
    expect((await stage.notice.status()).passed).toEqual({
      total: 1,
      sites: { bank: 1 },
      bytes: get(bank).length,
    });
    const reason = 'detour_notice_refused_total{reason="site-passed-sessions"}';
    expect(metric(await stage.notice.metrics(), reason)).toBe(1);
  });

  it('never comes back to the notice plane itself', async () => {
    const stage = closing(await openStage({ sites: sites(passTo({ http: 1 })) }));
    await stage.publish({ generation: 2, sites: sites(passTo({ http: stage.port })) });
    await stage.notice.refresh();

    const answer = await ask(stage.port, bank);

    expect(answer.status).toBe(502);
    expect(await endings(stage, 'origin-loop')).toBe(1);
  });
});
