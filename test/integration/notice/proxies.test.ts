import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { metric, openStage, type Stage } from './stage.ts';
import { Visitor } from './visitor.ts';

const sites = [{ name: 'home01' }];
const proxy = '127.0.9.1';
const trusted = { trustedProxies: ['127.0.9.0/24'] };
const tight = { sourceNewPerSecond: 3, sourceSessions: 3 };

async function refused(stage: Stage, reason: string): Promise<number> {
  return metric(await stage.notice.metrics(), `detour_notice_refused_total{reason="${reason}"}`);
}

/** One request over its own connection; `full`, `small`, or `cut`. */
async function outcome(stage: Stage, from: string, fields: string, before = ''): Promise<string> {
  using visitor = new Visitor({ port: stage.port, from });
  visitor.send(`${before}GET / HTTP/1.1\r\nHost: home01.example.kr\r\n${fields}\r\n`);
  try {
    const { text, status } = await visitor.answer();
    return status === 503 ? (/ (full|small)\]/.exec(text)?.[1] ?? '?') : String(status);
  } catch {
    return 'cut';
  }
}

async function outcomes(
  count: number,
  ask: (n: number) => Promise<string>,
): Promise<readonly string[]> {
  const results: string[] = [];
  for (let n = 0; n < count; n += 1) {
    results.push(await ask(n));
  }
  return results;
}

const fulls = (results: readonly string[]): number =>
  results.filter((result) => result === 'full').length;

describe('a trusted proxy', () => {
  it('is not held to the limits of one source; the clients it names are', async () => {
    await using stage = await openStage({ sites, limits: tight }, trusted);

    const many = await outcomes(12, (n) =>
      outcome(stage, proxy, `X-Forwarded-For: 198.51.100.${n}\r\n`),
    );
    const one = await outcomes(12, () => outcome(stage, proxy, 'X-Forwarded-For: 203.0.113.9\r\n'));

    expect(fulls(many)).toBe(12);
    expect(fulls(one)).toBeLessThan(12);
    // The proxy is told so politely: its connection may carry others.
    expect(one).toContain('small');
    expect(await refused(stage, 'source-rate')).toBe(12 - fulls(one));
  });

  it('may speak for many clients over one connection', async () => {
    await using stage = await openStage({ sites, limits: tight }, trusted);
    using visitor = new Visitor({ port: stage.port, from: proxy });
    const texts: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      visitor.send(
        `GET / HTTP/1.1\r\nHost: home01.example.kr\r\nX-Forwarded-For: 198.51.100.${n}\r\n\r\n`,
      );
      texts.push((await visitor.answer()).text);
    }

    expect(new Set(texts)).toEqual(new Set(['notice of home01 [ko html full]']));
  });

  it('may name the client by the PROXY protocol', async () => {
    await using stage = await openStage({ sites, limits: tight }, trusted);
    const line = (address: string): string => `PROXY TCP4 ${address} 10.0.0.1 5000 80\r\n`;

    const many = await outcomes(12, (n) => outcome(stage, proxy, '', line(`198.51.100.${n}`)));
    const one = await outcomes(12, () => outcome(stage, proxy, '', line('203.0.113.9')));

    expect(fulls(many)).toBe(12);
    expect(fulls(one)).toBeLessThan(12);
    expect(await outcome(stage, proxy, '', 'PROXY TCP4 nonsense\r\n')).toBe('cut');
  });

  it('leaves nothing counted when its connections have ended', async () => {
    await using stage = await openStage({ sites, limits: { sourceSessions: 2 } }, trusted);
    const visitors = Array.from(
      { length: 2 },
      () => new Visitor({ port: stage.port, from: proxy }),
    );
    for (const visitor of visitors) {
      visitor.send(
        'GET / HTTP/1.1\r\nHost: home01.example.kr\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n',
      );
      await visitor.answer();
    }
    expect(await outcome(stage, proxy, 'X-Forwarded-For: 203.0.113.9\r\n')).toBe('small');

    for (const visitor of visitors) {
      visitor[Symbol.dispose]();
    }

    await until(
      'the client is let in again',
      async () => (await outcome(stage, proxy, 'X-Forwarded-For: 203.0.113.9\r\n')) === 'full',
    );
  });
});

describe('a stranger who claims to speak for others', () => {
  it.each([
    ['a header', 'X-Forwarded-For: ADDRESS\r\n'],
    ['several headers', 'X-Forwarded-For: 8.8.8.8\r\nX-Forwarded-For: ADDRESS\r\n'],
    ['a trusted address in the chain', 'X-Forwarded-For: ADDRESS, 127.0.9.1\r\n'],
    ['the newer header', 'Forwarded: for=ADDRESS\r\n'],
    ['a header of other proxies', 'X-Real-IP: ADDRESS\r\nTrue-Client-IP: ADDRESS\r\n'],
    ['a header in odd letters', 'x-FORWARDED-for: ADDRESS\r\n'],
    ['a header with an underscore', 'X_Forwarded_For: ADDRESS\r\n'],
  ])('by %s is held to the limits of one source', async (_, form) => {
    await using stage = await openStage({ sites, limits: tight }, trusted);

    const results = await outcomes(8, (n) =>
      outcome(stage, '127.0.8.1', form.replaceAll('ADDRESS', `198.51.100.${n}`)),
    );

    expect(fulls(results)).toBeLessThan(8);
    expect(await refused(stage, 'source-rate')).toBe(8 - fulls(results));
  });

  it('by the PROXY protocol is refused', async () => {
    await using stage = await openStage({ sites }, trusted);

    const result = await outcome(stage, '127.0.8.1', '', 'PROXY TCP4 8.8.8.8 10.0.0.1 1 80\r\n');

    expect(result).toBe('400');
  });

  it('through a trusted proxy counts as what the proxy saw', async () => {
    await using stage = await openStage({ sites, limits: tight }, trusted);

    const results = await outcomes(8, (n) =>
      outcome(stage, proxy, `X-Forwarded-For: 198.51.100.${n}, 203.0.113.9\r\n`),
    );

    expect(fulls(results)).toBeLessThan(8);
  });
});
