import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openSystemClock } from '../../../src/adapters/clock/system-clock.ts';
import { HttpDataPath } from '../../../src/adapters/data-path/http/http-data-path.ts';
import type { ProbeSpec, Site } from '../../../src/core/site.ts';
import { writeMarker } from '../../../src/lib/marker.ts';
import type { PathSight } from '../../../src/ports/data-path.ts';
import {
  answering,
  closedPort,
  httpAnswer,
  serveTcp,
  serveTls,
} from '../../fakes/loopback-server.ts';
import { probeSpec } from '../../fakes/probe-target.ts';
import { registeredSite } from '../../fakes/site-state.ts';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const marker = { site: 'home01', generation: 17 };
const never = new AbortController().signal;

let noticePorts: ReadonlySet<number> = new Set();

const dataPath = new HttpDataPath({
  clock: openSystemClock(),
  markerKey: ours.publicKey,
  userAgent: 'Detour/test (+proof)',
  timeoutMs: 300,
  securePorts: () => noticePorts,
});

const overHttp = (port: number): ProbeSpec =>
  probeSpec({ url: `http://other-name.example.kr:${port}/health` });

const overHttps = (port: number): ProbeSpec =>
  probeSpec({ name: 'secure', type: 'https', url: `https://home01.example.kr:${port}/` });

const siteOf = (...probes: readonly ProbeSpec[]): Site => registeredSite('home01', { probes });

/** One look at a site that is reached over plain HTTP alone. */
async function lookAt(port: number, address = '127.0.0.1', signal = never): Promise<PathSight> {
  const look = { site: siteOf(overHttp(port)), address, expect: 'notice' } as const;
  const [sight, ...more] = await dataPath.look(look, signal);
  expect(more).toEqual([]);
  return sight ?? { isAnswered: false, detail: 'no sight at all' };
}

describe('a look through the data path', () => {
  it('sees our notice by its marker', async () => {
    const headers = { 'Detour-Notice': writeMarker(marker, ours.privateKey) };
    await using server = await serveTcp(answering(httpAnswer(503, 'notice', headers)));

    const sight = await lookAt(server.port);

    expect(sight).toEqual({
      isAnswered: true,
      marker,
      detail: 'status 503, notice of home01, generation 17',
    });
  });

  it('asks for the front page as a visitor of the first hostname would', async () => {
    let head = '';
    await using server = await serveTcp((socket) => {
      socket.once('data', (data) => {
        head = data.toString();
        socket.end(httpAnswer(200));
      });
    });

    await lookAt(server.port);

    expect(head).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
    expect(head).toMatch(/^host: home01\.example\.kr:\d+\r$/im);
  });

  it('sees the origin by an answer without a marker of ours, whatever its status', async () => {
    const forged = { 'Detour-Notice': writeMarker(marker, theirs.privateKey) };
    for (const answer of [httpAnswer(200), httpAnswer(500), httpAnswer(503, '', forged)]) {
      await using server = await serveTcp(answering(answer));

      const sight = await lookAt(server.port);

      expect(sight.isAnswered).toBe(true);
      expect(sight.marker).toBeUndefined();
    }
  });

  it('needs no more than the head, so an endless body does not matter', async () => {
    const value = writeMarker(marker, ours.privateKey);
    await using server = await serveTcp((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 503 Sorry\r\nContent-Length: 9\r\nDetour-Notice: ${value}\r\n\r\n`);
      });
    });

    const sight = await lookAt(server.port);

    expect(sight.marker).toEqual(marker);
  });

  it('sees nothing when nobody listens, nobody answers in time, or what answers is not HTTP', async () => {
    await using silent = await serveTcp(() => undefined);
    await using nonsense = await serveTcp(answering('220 smtp.example.kr\r\n'));
    const sights = [
      await lookAt(await closedPort()),
      await lookAt(silent.port),
      await lookAt(nonsense.port),
      await lookAt(silent.port, '127.0.0.1', AbortSignal.abort()),
    ];

    for (const sight of sights) {
      expect(sight).toMatchObject({ isAnswered: false });
      expect(sight.detail).toMatch(/^no answer: ./);
    }
  });

  it('looks at the address it was told, and at no other', async () => {
    await using server = await serveTcp(answering(httpAnswer(200)), '127.0.0.2');

    expect(await lookAt(server.port, '127.0.0.2')).toMatchObject({
      isAnswered: true,
    });
    expect(await lookAt(server.port)).toMatchObject({
      isAnswered: false,
    });
  });
});

describe('a look through the data path at a site that is reached over HTTPS', () => {
  const headers = { 'Detour-Notice': writeMarker(marker, ours.privateKey) };
  const notice = answering(httpAnswer(503, 'notice', headers));
  const origin = answering(httpAnswer(200, 'the site itself'));
  const details = (sights: readonly PathSight[]): readonly string[] =>
    sights.map(({ detail }) => detail);

  it('shakes hands as a visitor of the site, and sees the notice by its marker', async () => {
    await using server = await serveTls(notice);
    noticePorts = new Set([server.port]);
    const site = siteOf(overHttps(server.port));

    const sights = await dataPath.look({ site, address: '127.0.0.1', expect: 'notice' }, never);

    expect(sights).toEqual([
      {
        isAnswered: true,
        marker,
        detail: 'status 503, notice of home01, generation 17 (over HTTPS)',
      },
    ]);
  });

  it('sees both doors of a site that has both, and the one that shows something else', async () => {
    await using plain = await serveTcp(notice);
    await using secure = await serveTls(origin);
    noticePorts = new Set([secure.port]);
    const site = siteOf(overHttp(plain.port), overHttps(secure.port));

    const sights = await dataPath.look({ site, address: '127.0.0.1', expect: 'notice' }, never);

    expect(details(sights)).toEqual([
      'status 503, notice of home01, generation 17',
      'status 200 without a marker (over HTTPS)',
    ]);
  });

  it('asks for the notice over plain HTTP where the notice plane does not listen for HTTPS, and for the origin over HTTPS all the same', async () => {
    await using plain = await serveTcp(notice);
    await using secure = await serveTls(origin);
    noticePorts = new Set();
    const site = { ...siteOf(overHttps(secure.port)), lookPort: plain.port };

    const forNotice = await dataPath.look({ site, address: '127.0.0.1', expect: 'notice' }, never);
    const forOrigin = await dataPath.look({ site, address: '127.0.0.1', expect: 'origin' }, never);

    expect(details(forNotice)).toEqual(['status 503, notice of home01, generation 17']);
    expect(details(forOrigin)).toEqual(['status 200 without a marker (over HTTPS)']);
  });

  it('sees nothing when the handshake is refused', async () => {
    await using plain = await serveTcp(answering('\x15\x03\x01\x00\x02\x02\x70'));
    noticePorts = new Set([plain.port]);
    const site = siteOf(overHttps(plain.port));

    const sights = await dataPath.look({ site, address: '127.0.0.1', expect: 'notice' }, never);

    expect(sights).toMatchObject([
      { isAnswered: false, detail: expect.stringContaining('(over HTTPS)') },
    ]);
  });
});
