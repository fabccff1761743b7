import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionTimeouts } from '../../../src/notice/session-desk.ts';
import { until } from '../../support/until.ts';
import { metric, openStage, type Stage } from './stage.ts';
import { Visitor } from './visitor.ts';

/** The real ones are seconds; what matters is their order and that each one strikes. */
const timeouts: SessionTimeouts = { headMs: 600, idleMs: 600, stallMs: 900, lingerMs: 500 };
/** A deadline is noticed within one tick of 250 ms; the rest is room for a busy machine. */
const roomMs = 1_500;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage(
    { sites: [{ name: 'home01' }, { name: 'long', fullBytes: 250_000 }] },
    { timeouts },
  );
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function refused(reason: string): Promise<number> {
  return metric(await stage.notice.metrics(), `detour_notice_refused_total{reason="${reason}"}`);
}

async function msUntilClosed(visitor: Visitor): Promise<number> {
  const start = performance.now();
  await visitor.closed();
  return performance.now() - start;
}

describe('a slow client', () => {
  it('that says nothing is cut at the deadline for heads', async () => {
    const before = await refused('header-timeout');
    using visitor = new Visitor({ port: stage.port });

    const ms = await msUntilClosed(visitor);

    expect(ms).toBeGreaterThan(timeouts.headMs - 100);
    expect(ms).toBeLessThan(timeouts.headMs + roomMs);
    expect((await refused('header-timeout')) - before).toBe(1);
  });

  it('that drips its head is cut at the same deadline', async () => {
    using visitor = new Visitor({ port: stage.port });
    visitor.send('GET / HTTP/1.1\r\n');
    const drip = setInterval(() => visitor.send('X: y\r\n'), 50);

    const ms = await msUntilClosed(visitor);
    clearInterval(drip);

    expect(ms).toBeLessThan(timeouts.headMs + roomMs);
    expect(visitor.rest).toBe('');
  });

  it('that drips a second head on a kept connection is cut too', async () => {
    using visitor = new Visitor({ port: stage.port });
    visitor.send('GET / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');
    await visitor.answer();
    const drip = setInterval(() => visitor.send('G'), 50);

    const ms = await msUntilClosed(visitor);
    clearInterval(drip);

    expect(ms).toBeLessThan(timeouts.headMs + roomMs);
  });

  it('that asks no more is let go after the idle time', async () => {
    const before = await refused('idle-timeout');
    using visitor = new Visitor({ port: stage.port });
    visitor.send('GET / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');
    await visitor.answer();

    expect(await msUntilClosed(visitor)).toBeLessThan(timeouts.idleMs + roomMs);
    expect((await refused('idle-timeout')) - before).toBe(1);
  });

  it('that asks a lot and takes nothing is cut, and our memory of it stays small', async () => {
    const before = await refused('stalled-reader');
    using visitor = new Visitor({ port: stage.port });
    visitor.socket.pause();
    visitor.send('GET / HTTP/1.1\r\nHost: long.example.kr\r\n\r\n'.repeat(900));

    await until(
      'the stalled reader is cut',
      async () => (await refused('stalled-reader')) > before,
    );
    await until(
      'its session is gone',
      async () => (await stage.notice.status()).sessions.total === 0,
    );
  });

  it('that takes its answers late, but does take them, gets them all in order', async () => {
    using visitor = new Visitor({ port: stage.port });
    const count = 60;
    visitor.socket.pause();
    visitor.send('GET / HTTP/1.1\r\nHost: long.example.kr\r\n\r\n'.repeat(count));
    await until(
      'answers are under way',
      async () => (await stage.notice.status()).sessions.total > 0,
    );
    visitor.socket.resume();

    for (let n = 0; n < count; n += 1) {
      expect((await visitor.answer()).body.length).toBe(250_000);
    }
  });
});

describe('a request body', () => {
  const head = (length: number): string =>
    `POST /login HTTP/1.1\r\nHost: home01.example.kr\r\nContent-Length: ${length}\r\n\r\n`;

  it('is not waited for: the answer comes at once', async () => {
    using visitor = new Visitor({ port: stage.port });

    expect((await visitor.send(head(1_000_000)).answer()).status).toBe(503);
    await visitor.closed();
  });

  it('is drained for a moment, so that the answer survives it, and cut when it goes on', async () => {
    using visitor = new Visitor({ port: stage.port });
    visitor.send(head(1_000_000)).send('x'.repeat(30_000));
    expect((await visitor.answer()).headers['connection']).toBe('close');
    const start = performance.now();
    const cut = new Promise((resolve) => visitor.socket.on('close', resolve));

    // 1 GB is promised; the far side takes 64 KiB of it.
    const flood = setInterval(() => visitor.send('x'.repeat(16_384)), 5);
    await cut;
    clearInterval(flood);

    expect(performance.now() - start).toBeLessThan(timeouts.lingerMs + roomMs);
  });

  it('is cut at 64 KiB, long before the linger time', async () => {
    const patient = { ...timeouts, lingerMs: 14_000 };
    await using other = await openStage({ sites: [{ name: 'home01' }] }, { timeouts: patient });
    using visitor = new Visitor({ port: other.port });
    visitor.socket.allowHalfOpen = true;
    visitor.send(head(1_000_000));
    await visitor.answer();
    const start = performance.now();

    const flood = setInterval(() => visitor.send('x'.repeat(8_192)), 5);
    await until(
      'the session is gone',
      async () => (await other.notice.status()).sessions.total === 0,
    );
    clearInterval(flood);

    expect(performance.now() - start).toBeLessThan(patient.lingerMs / 2);
  });

  it('that drips is cut after the linger time', async () => {
    using visitor = new Visitor({ port: stage.port });
    visitor.socket.allowHalfOpen = true;
    visitor.send(head(1_000));
    await visitor.answer();
    const drip = setInterval(() => visitor.send('x'), 50);
    const start = performance.now();

    await until(
      'the session is gone',
      async () => (await stage.notice.status()).sessions.total === 0,
    );
    clearInterval(drip);

    expect(performance.now() - start).toBeLessThan(timeouts.lingerMs + roomMs);
  });

  it('is never taken for a request', async () => {
    using visitor = new Visitor({ port: stage.port });
    const smuggled = 'GET / HTTP/1.1\r\nHost: long.example.kr\r\n\r\n';
    visitor.send(head(smuggled.length) + smuggled);

    expect((await visitor.answer()).text).toContain('notice of home01');
    await visitor.closed();
    expect(visitor.rest).toBe('');
  });
});
