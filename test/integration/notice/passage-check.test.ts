import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openPassageCheck } from '../../../src/adapters/publishers/passage-check.ts';
import type { PassedSite } from '../../../src/adapters/publishers/snapshot/passage-looks.ts';
import type { PassThrough } from '../../../src/core/site.ts';
import { closedPort, tlsFixture } from '../../fakes/loopback-server.ts';
import { putCertificate } from '../../support/certificates.ts';
import { openStage, type Stage } from './stage.ts';

/** The name that the certificate of the bank's origin is for. */
const bank = 'home01.example.kr';

interface Place {
  readonly host: string;
  readonly port: number;
}

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

/** A folder of certificates that goes with the test. */
async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'dn-passage-'));
  closing({ [Symbol.asyncDispose]: () => rm(path, { recursive: true }) });
  return path;
}

/** A web server with this certificate, or none; it counts the connections that it takes. */
async function serve(
  pair: { readonly cert: string; readonly key: string } | undefined,
  host = '127.0.0.1',
): Promise<Place & { readonly taken: () => number }> {
  let taken = 0;
  const answer: RequestListener = (_, response) => response.end('the bank itself');
  const server = pair === undefined ? createServer(answer) : createHttpsServer(pair, answer);
  server.on('connection', () => {
    taken += 1;
  });
  server.listen(0, host);
  await once(server, 'listening');
  closing({
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
  const address = server.address();
  return { host, port: typeof address === 'object' ? (address?.port ?? 0) : 0, taken: () => taken };
}

const own = { cert: tlsFixture('site.crt'), key: tlsFixture('site.key') };

async function otherPair(names: readonly string[]): Promise<typeof own> {
  const path = await folder();
  await putCertificate(path, { label: 'other', names });
  const read = (end: string): Promise<string> => readFile(join(path, `other.${end}`), 'utf8');
  return { cert: await read('crt'), key: await read('key') };
}

/** A notice plane that holds a certificate for the bank, too, as for a notice of its own. */
async function plane(
  passThrough: Partial<PassThrough> | undefined,
  { workers = 1, host = '127.0.0.1' } = {},
): Promise<{ readonly http: Place; readonly https: Place; readonly stage: Stage }> {
  const certificates = await folder();
  await putCertificate(certificates, { label: bank });
  const way = { address: host, http: 1, https: 1, proxyProtocol: false, ...passThrough };
  const stage = closing(
    await openStage(
      {
        sites: [
          { name: 'shop', addresses: [host] },
          {
            name: 'bank',
            hostnames: [bank],
            addresses: [host],
            generation: 0,
            ...(passThrough === undefined ? {} : { passThrough: way }),
          },
        ],
      },
      { http: [{ host, port: 0 }], https: [{ host, port: 0 }], certificates, workers },
    ),
  );
  const { addresses, httpsAddresses } = stage.notice;
  const port = (list: typeof addresses): number => list[0]?.port ?? 0;
  return {
    http: { host, port: port(addresses) },
    https: { host, port: port(httpsAddresses) },
    stage,
  };
}

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

/** A site that is looked for over plain HTTP alone; it answers itself where this place is. */
const overHttp = ({ host, port }: Place): PassedSite => ({
  hostname: bank,
  plain: { address: host, port },
});

/** A site that is looked for over TLS alone; it answers itself where this place is. */
const overTls = ({ host, port }: Place): PassedSite => ({
  hostname: bank,
  secure: { address: host, port },
});

function check(
  http: readonly Place[],
  https: readonly Place[] = [],
  required: 'all' | 'any' = 'all',
): (site: PassedSite) => Promise<string | undefined> {
  const look = openPassageCheck({ listeners: () => ({ http, https }), required: () => required });
  return (site) => look(site, soon());
}

describe('the look at a healthy neighbour before a route moves, over HTTP', () => {
  it('sees the origin behind the notice plane, and sees when it is not reached', async () => {
    const origin = await serve(undefined);
    const passing = await plane({ http: origin.port });
    const failing = await plane({ http: await closedPort() });

    expect(await check([passing.http])(overHttp(origin))).toBeUndefined();
    expect(await check([failing.http])(overHttp(origin))).toMatch(
      /^over HTTP, .* does not reach the origin$/,
    );
  });

  it('takes an answer with a marker for a notice, at every listener', async () => {
    const origin = await serve(undefined);
    const passing = await plane({ http: origin.port });
    const showing = await plane(undefined);

    expect(await check([passing.http, showing.http])(overHttp(origin))).toMatch(/shows a notice/);
  });

  it('asks on a connection of its own each time', async () => {
    const origin = await serve(undefined);

    await check([origin])(overHttp(origin));
    await check([origin])(overHttp(origin));

    // Twice as a listener, and twice as the site itself.
    expect(origin.taken()).toBe(4);
  });

  it('is not deceived by a notice server that was never given a snapshot and can sign nothing', async () => {
    const origin = await serve(undefined);
    const blank = closing(await openStage(undefined));

    expect(await check([{ host: '127.0.0.1', port: blank.port }])(overHttp(origin))).toMatch(
      /answers with status 503, which the site itself does not/,
    );
  });

  it('is not held up when the site itself cannot be seen from the controller', async () => {
    const origin = await serve(own);
    const { https } = await plane({ https: origin.port });
    const away = { host: '192.0.2.10', port: 443 };

    expect(await check([], [https])(overTls(away))).toBeUndefined();
  });

  it('lets a dead notice node be where one that answers is enough, and never one that shows a notice', async () => {
    const origin = await serve(undefined);
    const passing = await plane({ http: origin.port });
    const showing = await plane(undefined);
    const dead = { host: '127.0.0.1', port: await closedPort() };

    expect(await check([passing.http, dead], [], 'any')(overHttp(origin))).toBeUndefined();
    expect(await check([passing.http, dead], [], 'all')(overHttp(origin))).toMatch(
      /takes no connection/,
    );
    expect(await check([dead], [], 'any')(overHttp(origin))).toMatch(/takes no connection/);
    expect(await check([passing.http, showing.http], [], 'any')(overHttp(origin))).toMatch(
      /a notice/,
    );
  });
});

describe('the look at a healthy neighbour before a route moves, over HTTPS', () => {
  it('sees the certificate of the origin, through each of several workers', async () => {
    const origin = await serve(own);
    const { https, stage } = await plane({ https: origin.port }, { workers: 2 });
    const look = check([], [https]);

    const problems = await Promise.all(Array.from({ length: 8 }, () => look(overTls(origin))));

    expect(problems.every((problem) => problem === undefined)).toBe(true);
    expect((await stage.notice.status()).workers).toBe(2);
  });

  it('passes visitors on over IPv6', async () => {
    const origin = await serve(own, '::1');
    const { https } = await plane({ https: origin.port }, { host: '::1' });

    expect(await check([], [https])(overTls(origin))).toBeUndefined();
  });

  it('is not deceived by a notice behind a certificate for the same name', async () => {
    const origin = await serve(own);
    const { https } = await plane(undefined);

    expect(await check([], [https])(overTls(origin))).toMatch(/^over HTTPS, .* shows a notice/);
  });

  it('sees when the origin takes no connection', async () => {
    const origin = await serve(own);
    const { https } = await plane({ https: await closedPort() });

    expect(await check([], [https])(overTls(origin))).toMatch(
      /ends the connection without an answer/,
    );
  });

  it('tells a server with a certificate for another name, as when the way leads to a stranger', async () => {
    const origin = await serve(own);
    const stranger = await serve(await otherPair(['stranger.example.kr']));
    const { https } = await plane({ https: stranger.port });

    expect(await check([], [https])(overTls(origin))).toMatch(
      /not for home01\.example\.kr but for DNS:stranger\.example\.kr/,
    );
  });

  it('takes another server of the same site that has a certificate of its own for the name', async () => {
    const origin = await serve(own);
    const twin = await serve(await otherPair([bank, 'www.example.kr']));
    const { https } = await plane({ https: twin.port });

    expect(await check([], [https])(overTls(origin))).toBeUndefined();
  });

  it('finds that nobody speaks TLS where the neighbour’s visitors need it', async () => {
    const origin = await serve(own);

    expect(await check([origin])(overTls(origin))).toMatch(/no listener .* speaks it/);
  });
});
