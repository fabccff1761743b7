import { generateKeyPairSync } from 'node:crypto';
import dns from 'node:dns';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { openSystemClock } from '../../../src/adapters/clock/system-clock.ts';
import { HttpProber } from '../../../src/adapters/probers/http/http-prober.ts';
import type { ProbeResult } from '../../../src/core/probe-result.ts';
import type { ProbeSpec } from '../../../src/core/site.ts';
import { writeMarker } from '../../../src/lib/marker.ts';
import type { ProbeTarget } from '../../../src/ports/prober.ts';
import {
  answering,
  closedPort,
  httpAnswer,
  serveTcp,
  serveTls,
} from '../../fakes/loopback-server.ts';
import { probeTarget } from '../../fakes/probe-target.ts';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');

const prober = new HttpProber({
  clock: openSystemClock(),
  markerKey: ours.publicKey,
  userAgent: 'Detour/test (+probe)',
});

const never = new AbortController().signal;

async function probeHttp(
  onConnection: (socket: Socket) => void,
  spec: Partial<ProbeSpec> = {},
  own: Partial<ProbeTarget> = {},
): Promise<ProbeResult> {
  await using server = await serveTcp(onConnection);
  const url = `http://home01.example.kr:${server.port}/health?deep=1`;
  return await prober.probe(probeTarget({ url, timeoutMs: 400, ...spec }, own), never);
}

async function probeHttps(
  onConnection: (socket: Socket) => void,
  certificate: 'site' | 'expired' = 'site',
): Promise<ProbeResult> {
  await using server = await serveTls(onConnection, certificate);
  const url = `https://home01.example.kr:${server.port}/`;
  return await prober.probe(probeTarget({ type: 'https', url, timeoutMs: 2_000 }), never);
}

/** Writes a part over and over until the connection ends. */
function repeating(head: string, part: string | Buffer, everyMs: number): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      socket.write(head);
      const timer = setInterval(() => socket.write(part), everyMs);
      socket.once('close', () => clearInterval(timer));
    });
  };
}

describe('an HTTP probe', () => {
  it('passes on an expected status and tells the phases', async () => {
    const result = await probeHttp(answering(httpAnswer(200, 'welcome')));

    expect(result).toMatchObject({ outcome: 'pass', reason: 'ok', status: 200 });
    expect(result.latencyMs).toBeGreaterThan(0);
    expect(Object.keys(result.phases).sort()).toEqual(['connectMs', 'firstByteMs', 'transferMs']);
    expect(Math.min(...Object.values(result.phases))).toBeGreaterThanOrEqual(0);
  });

  it('asks as itself, for the hostname of the URL, without a body, a cookie or compression', async () => {
    let head = '';
    await probeHttp((socket) => {
      socket.once('data', (data) => {
        head = data.toString();
        socket.end(httpAnswer(200));
      });
    });

    expect(head).toMatch(/^GET \/health\?deep=1 HTTP\/1\.1\r\n/);
    expect(head).toMatch(/^host: home01\.example\.kr:\d+\r$/im);
    expect(head).toMatch(/^user-agent: Detour\/test \(\+probe\)\r$/im);
    expect(head).toMatch(/^accept-encoding: identity\r$/im);
    expect(head).toMatch(/^connection: close\r$/im);
    expect(head).not.toMatch(/^(cookie|authorization|content-length):/im);
  });

  it('never asks a resolver', async () => {
    await using server = await serveTcp(answering(httpAnswer(200)));
    const url = `http://home01.example.kr:${server.port}/`;
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(() => {
      throw new Error('The resolver was asked');
    });

    const result = await prober.probe(probeTarget({ url }), never);

    expect(result).toMatchObject({ outcome: 'pass' });
    expect(lookup).not.toHaveBeenCalled();
    lookup.mockRestore();
  });

  it('connects to the site address even when the host of the URL is another address', async () => {
    await using other = await serveTcp(answering(httpAnswer(500)), '127.0.0.2');
    const url = `http://127.0.0.2:${other.port}/`;

    const result = await prober.probe(probeTarget({ url }), never);

    expect(result).toMatchObject({ outcome: 'fail', reason: 'refused' });
    expect(other.taken()).toBe(0);
  });

  it('reaches the origin at its own address while the site address is diverted', async () => {
    await using origin = await serveTcp(answering(httpAnswer(200)), '127.0.0.3');
    const url = `http://home01.example.kr:${origin.port}/`;
    const target = probeTarget({ url }, { path: 'origin', origin: { address: '127.0.0.3' } });

    expect(await prober.probe(target, never)).toMatchObject({ outcome: 'pass' });
    expect(await prober.probe({ ...target, path: 'address' }, never)).toMatchObject({
      reason: 'refused',
    });
  });

  it('reaches the origin from its own source address where the routers tell them apart', async () => {
    let from: string | undefined;

    const result = await probeHttp(
      (socket) => {
        from = socket.remoteAddress;
        answering(httpAnswer(200))(socket);
      },
      {},
      { path: 'origin', origin: { sourceAddress: '127.0.0.9' } },
    );

    expect(result.outcome).toBe('pass');
    expect(from).toBe('127.0.0.9');
  });

  it('blames itself, not the site, when its source address is not its own', async () => {
    const result = await probeHttp(
      answering(httpAnswer(200)),
      {},
      { path: 'origin', origin: { sourceAddress: '203.0.113.7' } },
    );

    expect(result).toMatchObject({ outcome: 'inconclusive', reason: 'local-error' });
  });

  it('fails as refused when nobody listens', async () => {
    const url = `http://home01.example.kr:${await closedPort()}/`;

    const result = await prober.probe(probeTarget({ url }), never);

    expect(result).toMatchObject({ outcome: 'fail', reason: 'refused' });
    expect(result.phases).toEqual({});
  });

  it('does not try again and does not wait for Retry-After', async () => {
    await using server = await serveTcp(answering(httpAnswer(503, '', { 'retry-after': '600' })));
    const url = `http://home01.example.kr:${server.port}/`;

    const result = await prober.probe(probeTarget({ url }), never);

    expect(result).toMatchObject({ outcome: 'fail', reason: 'status', status: 503 });
    expect(result.latencyMs).toBeLessThan(1_000);
    expect(server.taken()).toBe(1);
  });

  it('fails as reset when the connection is cut before or inside the answer', async () => {
    const before = await probeHttp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const closed = await probeHttp((socket) => socket.once('data', () => socket.end()));
    const inside = await probeHttp(
      answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly a part'),
    );

    expect(before).toMatchObject({ outcome: 'fail', reason: 'reset' });
    expect(closed).toMatchObject({ outcome: 'fail', reason: 'reset' });
    expect(inside).toMatchObject({ outcome: 'fail', reason: 'reset', status: 200 });
  });

  it('fails as response-timeout when a connection is taken and nothing comes', async () => {
    const result = await probeHttp(() => undefined);

    expect(result).toMatchObject({ outcome: 'fail', reason: 'response-timeout' });
    expect(result.latencyMs).toBeGreaterThan(350);
    expect(result.latencyMs).toBeLessThan(1_500);
  });

  it('fails as body-timeout when the body comes one byte at a time', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n';

    const result = await probeHttp(repeating(head, 'x', 50));

    expect(result).toMatchObject({ outcome: 'fail', reason: 'body-timeout', status: 200 });
  });

  it('fails as bad-response on what is not HTTP', async () => {
    for (const nonsense of [
      'SSH-2.0-OpenSSH_9.2\r\n',
      'HTTP/9.9 abc\r\n\r\n',
      '\u0000'.repeat(50),
    ]) {
      expect(await probeHttp(answering(nonsense))).toMatchObject({
        outcome: 'fail',
        reason: 'bad-response',
      });
    }
  });

  it('is cancelled at once when the caller no longer wants it, and that says nothing about the site', async () => {
    await using server = await serveTcp(() => undefined);
    const url = `http://home01.example.kr:${server.port}/`;
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);

    const result = await prober.probe(probeTarget({ url, timeoutMs: 30_000 }), abort.signal);

    expect(result).toMatchObject({ outcome: 'inconclusive', reason: 'cancelled' });
    expect(result.latencyMs).toBeLessThan(2_000);
  });

  it('blames itself when it cannot be made at all', async () => {
    const target = probeTarget({});
    const results = [
      await prober.probe({ ...target, spec: { ...target.spec, url: 'not a url' } }, never),
      await prober.probe({ ...target, path: 'origin' }, never),
      await probeHttp(answering(httpAnswer(200)), { expect: { status: [[200, 200]], body: '(' } }),
    ];

    for (const result of results) {
      expect(result).toMatchObject({ outcome: 'inconclusive', reason: 'local-error' });
    }
  });
});

describe('the status and body of an answer', () => {
  it('count by the expected ranges', async () => {
    const expected = {
      expect: {
        status: [
          [200, 200],
          [404, 404],
        ],
      },
    } as const;

    expect(await probeHttp(answering(httpAnswer(404)), expected)).toMatchObject({
      outcome: 'pass',
    });
    expect(await probeHttp(answering(httpAnswer(302)), expected)).toMatchObject({
      outcome: 'fail',
      reason: 'status',
    });
  });

  it('let a redirect pass where its status is expected, and name the other host where it fails', async () => {
    const moved = answering(
      httpAnswer(301, '', { location: 'https://parked.example.net/?for=sale' }),
    );
    const strict = { expect: { status: [[200, 299]] } } as const;

    const passed = await probeHttp(moved);
    const failed = await probeHttp(moved, strict);
    const within = await probeHttp(answering(httpAnswer(302, '', { location: '/login' })), strict);

    expect(passed).toMatchObject({
      outcome: 'pass',
      detail: 'status 301, redirect to parked.example.net',
    });
    expect(failed).toMatchObject({ outcome: 'fail', reason: 'redirect-elsewhere' });
    expect(within).toMatchObject({ outcome: 'fail', reason: 'status' });
  });

  it('never follow a redirect, however many there are', async () => {
    await using server = await serveTcp(
      answering(httpAnswer(302, '', { location: 'http://home01.example.kr/again' })),
    );
    const url = `http://home01.example.kr:${server.port}/`;

    await prober.probe(probeTarget({ url }), never);

    expect(server.taken()).toBe(1);
  });

  it('must contain the expected words', async () => {
    const expected = { expect: { status: [[200, 200]], body: 'order(ed)? number \\d+' } } as const;

    expect(
      await probeHttp(answering(httpAnswer(200, 'your order number 12')), expected),
    ).toMatchObject({ outcome: 'pass' });
    expect(await probeHttp(answering(httpAnswer(200, 'defaced')), expected)).toMatchObject({
      outcome: 'fail',
      reason: 'body-mismatch',
    });
  });

  it('may be Korean in EUC-KR', async () => {
    const greeting = Buffer.from([0xc8, 0xaf, 0xbf, 0xb5]);
    const headers = { 'content-type': 'text/html; charset=euc-kr' };

    const result = await probeHttp(answering(httpAnswer(200, greeting, headers)), {
      expect: { status: [[200, 200]], body: '환영' },
    });

    expect(result).toMatchObject({ outcome: 'pass' });
  });
});

describe('our own notice', () => {
  const marker = { site: 'home01', generation: 17 };

  it('is no verdict on the site behind it', async () => {
    const headers = { 'detour-notice': writeMarker(marker, ours.privateKey) };

    const result = await probeHttp(answering(httpAnswer(503, 'notice', headers)));

    expect(result).toMatchObject({
      outcome: 'inconclusive',
      reason: 'own-notice',
      status: 503,
      marker,
    });
  });

  it('that says that the origin took nothing, while the site is passed through, is a failure', async () => {
    const standby = { site: 'home01', generation: 0 };
    const headers = { 'detour-notice': writeMarker(standby, ours.privateKey) };
    const forged = { 'detour-notice': writeMarker(standby, theirs.privateKey) };

    const result = await probeHttp(answering(httpAnswer(502, 'notice', headers)));
    const other = await probeHttp(answering(httpAnswer(502, 'notice', forged)));

    expect(result).toMatchObject({ outcome: 'fail', reason: 'not-passed', status: 502 });
    expect(other).toMatchObject({ outcome: 'fail', reason: 'status' });
  });

  it('is no verdict either when its body never ends', async () => {
    const head = `HTTP/1.1 200 OK\r\nDetour-Notice: ${writeMarker(marker, ours.privateKey)}\r\n\r\n`;

    const result = await probeHttp(repeating(head, 'x', 20));

    expect(result).toMatchObject({ outcome: 'inconclusive', reason: 'own-notice' });
  });

  it('cannot be forged: an answer signed by another counts like any other', async () => {
    for (const value of [writeMarker(marker, theirs.privateKey), 'site=home01', '']) {
      const result = await probeHttp(answering(httpAnswer(503, '', { 'detour-notice': value })));

      expect(result).toMatchObject({ outcome: 'fail', reason: 'status' });
      expect(result.marker).toBeUndefined();
    }
  });
});

describe('an HTTPS probe', () => {
  it('passes with the days its certificate has left, trusted or not', async () => {
    const result = await probeHttps(answering(httpAnswer(200)));

    expect(result).toMatchObject({ outcome: 'pass', reason: 'ok' });
    expect(result.certificateDaysLeft).toBeGreaterThan(30_000);
    expect(Object.keys(result.phases).sort()).toEqual([
      'connectMs',
      'firstByteMs',
      'tlsMs',
      'transferMs',
    ]);
  });

  it('passes with an expired certificate and says so: that is an alarm, never a diversion', async () => {
    const result = await probeHttps(answering(httpAnswer(200)), 'expired');

    expect(result).toMatchObject({ outcome: 'pass', reason: 'ok' });
    expect(result.certificateDaysLeft).toBeLessThan(-1_000);
    expect(result.detail).toMatch(/^status 200, [A-Z_]+$/);
  });

  it('names the hostname of the URL in the handshake', async () => {
    const names: unknown[] = [];
    await probeHttps((socket) => {
      names.push('servername' in socket ? socket.servername : undefined);
      answering(httpAnswer(200))(socket);
    });

    expect(names).toEqual(['home01.example.kr']);
  });

  it('fails as tls-failed when the other side does not speak TLS or cuts the handshake', async () => {
    for (const behaviour of [
      answering(httpAnswer(400)),
      (socket: Socket): void => void socket.once('data', () => socket.resetAndDestroy()),
      (socket: Socket): void => void socket.once('data', () => socket.end()),
    ]) {
      await using server = await serveTcp(behaviour);
      const url = `https://home01.example.kr:${server.port}/`;

      expect(await prober.probe(probeTarget({ type: 'https', url }), never)).toMatchObject({
        outcome: 'fail',
        reason: 'tls-failed',
      });
    }
  });

  it('fails as tls-timeout when the handshake never comes to an end', async () => {
    await using server = await serveTcp(() => undefined);
    const url = `https://home01.example.kr:${server.port}/`;

    const result = await prober.probe(probeTarget({ type: 'https', url, timeoutMs: 300 }), never);

    expect(result).toMatchObject({ outcome: 'fail', reason: 'tls-timeout' });
  });
});

describe('a hostile site', () => {
  it('cannot send more than 64 KiB: the rest is never read', async () => {
    let written = 0;
    const part = Buffer.alloc(64 * 1024, 'x');
    const result = await probeHttp(
      (socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          const pump = (): void => {
            while (!socket.destroyed && written < 200 * 1024 * 1024) {
              written += part.length;
              if (!socket.write(part)) {
                socket.once('drain', pump);
                return;
              }
            }
          };
          pump();
        });
      },
      { timeoutMs: 3_000 },
    );

    expect(result).toMatchObject({ outcome: 'pass', status: 200 });
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  it('cannot send endless headers', async () => {
    const line = `X-More: ${'x'.repeat(1_000)}\r\n`;

    const result = await probeHttp(repeating('HTTP/1.1 200 OK\r\n', line, 1), { timeoutMs: 3_000 });

    expect(result).toMatchObject({ outcome: 'fail', reason: 'bad-response' });
  });

  it('cannot hold a probe with interim answers, an unasked upgrade or headers byte by byte', async () => {
    const interim = await probeHttp(repeating('', 'HTTP/1.1 100 Continue\r\n\r\n', 5));
    const upgrade = await probeHttp(
      (socket) =>
        void socket.once('data', () => {
          socket.write('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
        }),
    );
    const slow = await probeHttp(repeating('HTTP/1.1 200 OK\r\nX-Slow: ', 'x', 20));

    expect(interim).toMatchObject({ outcome: 'fail', reason: 'response-timeout' });
    expect(upgrade).toMatchObject({ outcome: 'fail', reason: 'bad-response' });
    expect(slow).toMatchObject({ outcome: 'fail', reason: 'response-timeout' });
  });

  it('cannot make us unpack a compression bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, 'bomb'));

    const result = await probeHttp(
      answering(httpAnswer(200, bomb, { 'content-encoding': 'gzip' })),
      {
        expect: { status: [[200, 200]], body: 'bombbomb' },
      },
    );

    expect(result).toMatchObject({ outcome: 'fail', reason: 'body-mismatch' });
  });

  it('cannot stall us with a body made for a slow pattern', async () => {
    const body = `${'a'.repeat(64 * 1024 - 1)}b`;

    const result = await probeHttp(answering(httpAnswer(200, body)), {
      timeoutMs: 3_000,
      expect: { status: [[200, 200]], body: '^(a+)+$' },
    });

    expect(result).toMatchObject({ outcome: 'fail', reason: 'body-mismatch' });
    expect(result.latencyMs).toBeLessThan(500);
  });
});
