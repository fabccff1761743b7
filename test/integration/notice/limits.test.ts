import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { metric, openStage, type Stage } from './stage.ts';
import { ask, Visitor } from './visitor.ts';

const sites = [{ name: 'home01' }, { name: 'home02' }];

async function refused(stage: Stage, reason: string): Promise<number> {
  return metric(await stage.notice.metrics(), `detour_notice_refused_total{reason="${reason}"}`);
}

async function isServed(stage: Stage, from: string, site = 'home01'): Promise<boolean> {
  return await ask(stage.port, `${site}.example.kr`, { from }).then(
    ({ status }) => status === 503,
    () => false,
  );
}

const quiet = { headMs: 10_000, idleMs: 10_000, stallMs: 10_000, lingerMs: 1_000 };

describe('session limits', () => {
  it('hold one source to its sessions, leave others alone, and let it in again', async () => {
    await using stage = await openStage(
      { sites, limits: { sourceSessions: 4 } },
      { timeouts: quiet },
    );
    const held = Array.from(
      { length: 4 },
      () => new Visitor({ port: stage.port, from: '127.0.0.9' }),
    );
    await until('four sessions', async () => (await stage.notice.status()).sessions.total === 4);

    expect(await isServed(stage, '127.0.0.9')).toBe(false);
    expect(await isServed(stage, '127.0.0.10')).toBe(true);
    expect(await refused(stage, 'source-sessions')).toBe(1);

    for (const visitor of held) {
      visitor[Symbol.dispose]();
    }
    await until('the source is let in again', () => isServed(stage, '127.0.0.9'));
  });

  it('hold one source to its new sessions per second', async () => {
    await using stage = await openStage({ sites, limits: { sourceNewPerSecond: 5 } });
    const results = await Promise.all(
      Array.from({ length: 12 }, () => isServed(stage, '127.0.0.9')),
    );

    expect(results.filter(Boolean).length).toBeGreaterThanOrEqual(5);
    expect(results.filter(Boolean).length).toBeLessThan(12);
    expect(await refused(stage, 'source-rate')).toBe(results.filter((each) => !each).length);
    expect(await isServed(stage, '127.0.0.10')).toBe(true);
    await until('the source is let in again', () => isServed(stage, '127.0.0.9'));
  });

  it('hold all sessions together, and take new ones when some have ended', async () => {
    await using stage = await openStage({ sites, limits: { sessions: 3 } }, { timeouts: quiet });
    const held = [1, 2, 3].map((n) => new Visitor({ port: stage.port, from: `127.0.0.${n}` }));
    await until('three sessions', async () => (await stage.notice.status()).sessions.total === 3);

    expect(await isServed(stage, '127.0.0.9')).toBe(false);
    expect(await refused(stage, 'sessions')).toBe(1);

    held[0]?.[Symbol.dispose]();
    await until('a place is free', () => isServed(stage, '127.0.0.9'));
    held[1]?.[Symbol.dispose]();
    held[2]?.[Symbol.dispose]();
  });

  it('hold all new sessions per second together', async () => {
    await using stage = await openStage({ sites, limits: { newPerSecond: 5 } });
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) => isServed(stage, `127.0.0.${n + 1}`)),
    );

    expect(results.filter(Boolean).length).toBeLessThan(12);
    expect(await refused(stage, 'rate')).toBe(results.filter((each) => !each).length);
    await until('visitors are let in again', () => isServed(stage, '127.0.0.99'));
  });

  it('give a flooded site the small page and a close, and another site its full page', async () => {
    await using stage = await openStage(
      { sites, limits: { siteSessions: 2 } },
      { timeouts: quiet },
    );
    const held = [1, 2].map((n) => new Visitor({ port: stage.port, from: `127.0.0.${n}` }));
    for (const visitor of held) {
      visitor.send('GET / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');
      expect((await visitor.answer()).text).toContain('[ko html full]');
    }

    const third = await ask(stage.port, 'home01.example.kr', { from: '127.0.0.3' });
    const other = await ask(stage.port, 'home02.example.kr', { from: '127.0.0.4' });

    expect(third.text).toContain('notice of home01 [ko html small]');
    expect(third.headers['connection']).toBe('close');
    expect(third.headers['detour-notice']).toContain('site=home01');
    expect(other.text).toContain('notice of home02 [ko html full]');
    expect(await refused(stage, 'site-sessions')).toBe(1);
    for (const visitor of held) {
      visitor[Symbol.dispose]();
    }
  });

  it('hold one site to its new sessions per second', async () => {
    await using stage = await openStage({ sites, limits: { siteNewPerSecond: 2 } });
    const texts: string[] = [];
    for (let n = 1; n <= 5; n += 1) {
      const { text } = await ask(stage.port, 'home01.example.kr', { from: `127.0.0.${n}` });
      texts.push(text);
    }

    expect(texts.filter((text) => text.includes('small')).length).toBeGreaterThanOrEqual(1);
    expect(await refused(stage, 'site-rate')).toBe(
      texts.filter((text) => text.includes('small')).length,
    );
  });

  it('change with the snapshot, without a restart', async () => {
    await using stage = await openStage({ sites }, { timeouts: quiet });
    using first = new Visitor({ port: stage.port, from: '127.0.0.1' });
    first.send('GET / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');
    await first.answer();

    await stage.publish({ sites, generation: 2, limits: { sessions: 1 } });
    await stage.notice.refresh();

    expect(await isServed(stage, '127.0.0.2')).toBe(false);
    expect((await stage.notice.status()).limits.sessions).toBe(1);
    // A session that is open already keeps its place.
    first.send('GET / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');
    expect((await first.answer()).status).toBe(503);
  });
});

describe('the load ladder', () => {
  const strained = { busyShare: -1, delayMs: 1e9, sustainMs: 0, calmMs: 1e9 };

  it('gives small pages while the process is busy, and says so', async () => {
    await using stage = await openStage({ sites, limits: { ladder: strained } });
    await until('the ladder is down', async () => (await stage.notice.status()).ladder === 'small');

    expect((await ask(stage.port, 'home01.example.kr')).text).toContain('[ko html small]');
    expect(metric(await stage.notice.metrics(), 'detour_notice_ladder')).toBe(1);
    expect(stage.logText()).toContain('Load ladder moved');
  });

  it('closes new connections beyond what it can take while answers are late, and counts them', async () => {
    await using stage = await openStage({
      sites,
      limits: { ladder: { ...strained, delayMs: -1 } },
    });
    await until('the ladder is down', async () => (await stage.notice.status()).ladder === 'close');

    const results = await Promise.all(
      Array.from({ length: 400 }, (_, n) => isServed(stage, `127.0.${n >> 7}.${1 + (n & 127)}`)),
    );

    expect(results).toContain(false);
    expect(await refused(stage, 'overload')).toBe(results.filter((each) => !each).length);
  });
});

describe('sessions in status and metrics', () => {
  it('are counted by registered site only, whatever names visitors send', async () => {
    await using stage = await openStage({ sites }, { timeouts: quiet });
    using visitor = new Visitor({ port: stage.port });
    visitor.send('GET / HTTP/1.1\r\nHost: home01.example.kr\r\n\r\n');
    await visitor.answer();
    const before = (await stage.notice.metrics()).split('\n').length;

    for (let n = 0; n < 200; n += 1) {
      visitor.send(`GET / HTTP/1.1\r\nHost: name${n}.example.kr\r\n\r\n`);
      await visitor.answer();
    }
    const text = await stage.notice.metrics();

    expect(text.split('\n').length - before).toBeLessThanOrEqual(2);
    expect(metric(text, 'detour_notice_requests_total{site="other",code="503"}')).toBe(200);
    expect(metric(text, 'detour_notice_requests_total{site="home01",code="503"}')).toBe(1);
    expect(metric(text, 'detour_notice_sessions{site="other"}')).toBe(1);
    expect(metric(text, 'detour_notice_sessions{site="home01"}')).toBe(0);
    expect((await stage.notice.status()).sessions).toMatchObject({ total: 1 });
  });
});
