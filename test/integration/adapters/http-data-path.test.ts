import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openSystemClock } from '../../../src/adapters/clock/system-clock.ts';
import { HttpDataPath } from '../../../src/adapters/data-path/http/http-data-path.ts';
import type { Site } from '../../../src/core/site.ts';
import { writeMarker } from '../../../src/lib/marker.ts';
import { answering, closedPort, httpAnswer, serveTcp } from '../../fakes/loopback-server.ts';
import { probeSpec } from '../../fakes/probe-target.ts';
import { registeredSite } from '../../fakes/site-state.ts';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const marker = { site: 'home01', generation: 17 };
const never = new AbortController().signal;

const dataPath = new HttpDataPath({
  clock: openSystemClock(),
  markerKey: ours.publicKey,
  userAgent: 'Detour/test (+proof)',
  timeoutMs: 300,
});

function siteAt(port: number): Site {
  const url = `http://other-name.example.kr:${port}/health`;
  const secure = probeSpec({
    name: 'secure',
    type: 'https',
    url: 'https://home01.example.kr:8443/',
  });
  return registeredSite('home01', { probes: [secure, probeSpec({ url })] });
}

describe('a look through the data path', () => {
  it('sees our notice by its marker', async () => {
    const headers = { 'Detour-Notice': writeMarker(marker, ours.privateKey) };
    await using server = await serveTcp(answering(httpAnswer(503, 'notice', headers)));

    const sight = await dataPath.look(siteAt(server.port), '127.0.0.1', never);

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

    await dataPath.look(siteAt(server.port), '127.0.0.1', never);

    expect(head).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
    expect(head).toMatch(/^host: home01\.example\.kr:\d+\r$/im);
  });

  it('sees the origin by an answer without a marker of ours, whatever its status', async () => {
    const forged = { 'Detour-Notice': writeMarker(marker, theirs.privateKey) };
    for (const answer of [httpAnswer(200), httpAnswer(500), httpAnswer(503, '', forged)]) {
      await using server = await serveTcp(answering(answer));

      const sight = await dataPath.look(siteAt(server.port), '127.0.0.1', never);

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

    const sight = await dataPath.look(siteAt(server.port), '127.0.0.1', never);

    expect(sight.marker).toEqual(marker);
  });

  it('sees nothing when nobody listens, nobody answers in time, or what answers is not HTTP', async () => {
    await using silent = await serveTcp(() => undefined);
    await using nonsense = await serveTcp(answering('220 smtp.example.kr\r\n'));
    const sights = [
      await dataPath.look(siteAt(await closedPort()), '127.0.0.1', never),
      await dataPath.look(siteAt(silent.port), '127.0.0.1', never),
      await dataPath.look(siteAt(nonsense.port), '127.0.0.1', never),
      await dataPath.look(siteAt(silent.port), '127.0.0.1', AbortSignal.abort()),
    ];

    for (const sight of sights) {
      expect(sight).toMatchObject({ isAnswered: false });
      expect(sight.detail).toMatch(/^no answer: ./);
    }
  });

  it('looks at the address it was told, and at no other', async () => {
    await using server = await serveTcp(answering(httpAnswer(200)), '127.0.0.2');

    expect(await dataPath.look(siteAt(server.port), '127.0.0.2', never)).toMatchObject({
      isAnswered: true,
    });
    expect(await dataPath.look(siteAt(server.port), '127.0.0.1', never)).toMatchObject({
      isAnswered: false,
    });
  });
});
