import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { platform } from 'node:os';
import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { openNoticeLiveness } from '../../src/adapters/publishers/notice-liveness.ts';
import { ownLoopback } from '../../src/adapters/publishers/own-loopback.ts';
import { writeMarker } from '../../src/lib/marker.ts';
import { tlsFixture } from '../fakes/loopback-server.ts';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const servers: Server[] = [];

/** A listener that answers with the marker this function gives for a request. */
async function listen(
  markerFor: (request: IncomingMessage) => string | undefined,
): Promise<{ readonly host: string; readonly port: number }> {
  const server = createServer((request, response) => {
    const marker = markerFor(request);
    response.writeHead(503, marker === undefined ? {} : { 'Detour-Notice': marker }).end('notice');
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}

const marker = (site: string, generation: number, { privateKey } = ours): string =>
  writeMarker({ site, generation }, privateKey);

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

describe('the check that a notice is live', () => {
  it('asks by the hostname of the site and believes a signed marker', async () => {
    const hosts: (string | undefined)[] = [];
    const listener = await listen(({ headers }) => {
      hosts.push(headers.host);
      return marker('home01', 4);
    });
    const isLive = openNoticeLiveness({ listeners: () => [listener], publicKey: ours.publicKey });

    expect(await isLive('home01', 'home01.example.kr', 4, soon())).toBe(true);
    expect(await isLive('home01', 'home01.example.kr', 3, soon())).toBe(true);
    expect(await isLive('home01', 'home01.example.kr', 5, soon())).toBe(false);
    expect(hosts).toEqual(Array.from({ length: 3 }, () => 'home01.example.kr'));
  });

  it('looks at loopback from an address of its own, so that no visitor from there is taken for it', async () => {
    const sources: (string | undefined)[] = [];
    const listener = await listen(({ socket }) => {
      sources.push(socket.remoteAddress);
      return marker('home01', 4);
    });
    const isLive = openNoticeLiveness({ listeners: () => [listener], publicKey: ours.publicKey });

    expect(await isLive('home01', 'home01.example.kr', 4, soon())).toBe(true);
    expect(sources).toEqual([platform() === 'linux' ? ownLoopback : '127.0.0.1']);
  });

  it.each([
    ['another site’s marker', marker('home02', 4)],
    ['a marker signed by a stranger', marker('home01', 4, theirs)],
    ['no marker', undefined],
  ])('does not believe %s', async (_, value) => {
    const listener = await listen(() => value);
    const isLive = openNoticeLiveness({ listeners: () => [listener], publicKey: ours.publicKey });

    expect(await isLive('home01', 'home01.example.kr', 4, soon())).toBe(false);
  });

  it('wants every listener to answer, and at least one', async () => {
    const fresh = await listen(() => marker('home01', 4));
    const stale = await listen(() => marker('home01', 3));
    const check = (listeners: readonly { host: string; port: number }[]) =>
      openNoticeLiveness({ listeners: () => listeners, publicKey: ours.publicKey });

    expect(await check([fresh])('home01', 'h', 4, soon())).toBe(true);
    expect(await check([fresh, stale])('home01', 'h', 4, soon())).toBe(false);
    expect(await check([])('home01', 'h', 4, soon())).toBe(false);
  });

  it('reaches a listener on every address over loopback', async () => {
    const { port } = await listen(() => marker('home01', 4));
    const isLive = openNoticeLiveness({
      listeners: () => [{ host: '0.0.0.0', port }],
      publicKey: ours.publicKey,
    });

    expect(await isLive('home01', 'h', 4, soon())).toBe(true);
  });

  it('says why when a listener cannot be reached, or does not answer in time', async () => {
    const silent = createServer(() => undefined);
    servers.push(silent);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const check = (at: number) =>
      openNoticeLiveness({
        listeners: () => [{ host: '127.0.0.1', port: at }],
        publicKey: ours.publicKey,
        timeoutMs: 100,
      });

    await expect(check(1)('home01', 'h', 4, soon())).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/ECONNREFUSED/) },
    });
    await expect(check(port)('home01', 'h', 4, soon())).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/abort/i) },
    });
  });

  it('asks over TLS by server name, whatever the certificate, and on a connection of its own for each name', async () => {
    const names: (string | false | undefined | null)[] = [];
    const server = createHttpsServer(
      { cert: tlsFixture('site.crt'), key: tlsFixture('site.key') },
      ({ socket }, response) => {
        names.push(socket instanceof TLSSocket ? socket.servername : undefined);
        response.writeHead(503, { 'Detour-Notice': marker('home02', 4) }).end('notice');
      },
    );
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const isLive = openNoticeLiveness({
      listeners: () => [{ host: '127.0.0.1', port }],
      publicKey: ours.publicKey,
      isTls: true,
    });

    expect(await isLive('home02', 'home02.example.kr', 4, soon())).toBe(true);
    expect(await isLive('home01', 'home01.example.kr', 4, soon())).toBe(false);
    expect(names).toEqual(['home02.example.kr', 'home01.example.kr']);
  });
});
