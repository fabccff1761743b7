import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NoticeOptions } from '../../../src/notice/notice-process.ts';
import { putCertificate } from '../../support/certificates.ts';
import { until } from '../../support/until.ts';
import { shakeHands, visit } from './secure-visitor.ts';
import { metric, openStage, type Stage } from './stage.ts';
import { Visitor } from './visitor.ts';

const shop = 'shop.example.kr';
const bank = 'bank.example.kr';

let certificates: string;
let open: Stage[] = [];

beforeEach(async () => {
  certificates = await mkdtemp(join(tmpdir(), 'dn-crt-'));
});
afterEach(async () => {
  await Promise.all(open.map((stage) => stage[Symbol.asyncDispose]()));
  open = [];
  await rm(certificates, { recursive: true, force: true });
});

/** A notice plane for two sites, over TLS. */
async function secureStage(options: Partial<NoticeOptions> = {}): Promise<Stage & { tls: number }> {
  const stage = await openStage(
    { sites: [{ name: 'shop', addresses: ['127.0.0.1'] }, { name: 'bank' }] },
    { https: [{ host: '127.0.0.1', port: 0 }], certificates, ...options },
  );
  open.push(stage);
  return { ...stage, tls: stage.notice.httpsAddresses[0]?.port ?? 0 };
}

async function refused(stage: Stage, reason: string): Promise<number> {
  return metric(await stage.notice.metrics(), `detour_notice_refused_total{reason="${reason}"}`);
}

describe('a visitor over HTTPS', () => {
  it('is shown the certificate and the notice of the site asked for', async () => {
    await putCertificate(certificates, { label: shop });
    await putCertificate(certificates, { label: bank });
    const { tls } = await secureStage();

    const atShop = await visit({ port: tls, serverName: shop });
    const atBank = await visit({ port: tls, serverName: bank });

    expect(atShop.certificate.subjectaltname).toBe(`DNS:${shop}`);
    expect(atShop.status).toBe(503);
    expect(atShop.body).toContain('notice of shop');
    expect(atShop.protocol).toBe('TLSv1.3');
    expect(atShop.alpn).toBe('http/1.1');
    expect(atBank.certificate.subjectaltname).toBe(`DNS:${bank}`);
    expect(atBank.body).toContain('notice of bank');
  });

  it('may write the name in capitals and speak TLS 1.2', async () => {
    await putCertificate(certificates, { label: shop });
    const { tls } = await secureStage();

    const sight = await visit({ port: tls, serverName: 'SHOP.Example.KR', maxVersion: 'TLSv1.2' });

    expect(sight.certificate.subjectaltname).toBe(`DNS:${shop}`);
    expect(sight.protocol).toBe('TLSv1.2');
    expect(sight.body).toContain('notice of shop');
  });

  it('is shown a wildcard certificate for a name that it covers, and not for a deeper one', async () => {
    await putCertificate(certificates, { label: '_.example.kr', names: ['*.example.kr'] });
    const { tls } = await secureStage();

    const covered = await visit({ port: tls, serverName: bank });
    const deeper = await visit({ port: tls, serverName: `www.${bank}` });

    expect(covered.certificate.subjectaltname).toBe('DNS:*.example.kr');
    expect(deeper.certificate.subject.CN).toBe('notice.invalid');
  });

  it('gets a certificate of nobody for a name that has none, and still the notice', async () => {
    await putCertificate(certificates, { label: shop });
    const { tls } = await secureStage();

    const sight = await visit({ port: tls, serverName: bank });

    expect(sight.certificate.subject.CN).toBe('notice.invalid');
    expect(sight.certificate.subjectaltname).toBeUndefined();
    expect(sight.body).toContain('notice of bank');
  });

  it('gets an alert for a name that has none, where that is the choice', async () => {
    await putCertificate(certificates, { label: shop });
    const stage = await secureStage({ unknownNames: 'refuse' });

    await expect(visit({ port: stage.tls, serverName: bank })).rejects.toThrow(
      /unrecognized name/i,
    );

    expect(await refused(stage, 'unknown-name')).toBe(1);
    expect((await visit({ port: stage.tls, serverName: shop })).status).toBe(503);
  });

  it('that asks one name of TLS and another of HTTP is told it was misdirected', async () => {
    await putCertificate(certificates, { label: shop });
    const stage = await secureStage();

    const sight = await visit({ port: stage.tls, serverName: shop, host: bank });

    expect(sight.status).toBe(421);
    expect(sight.body).not.toContain('bank');
    expect(await refused(stage, 'misdirected')).toBe(1);
  });

  it('that names nobody gets the certificate of the site that has the address alone, for that site alone', async () => {
    await putCertificate(certificates, { label: shop });
    const { tls } = await secureStage();

    const sight = await visit({ port: tls, host: shop });
    const other = await visit({ port: tls, host: bank });

    expect(sight.certificate.subjectaltname).toBe(`DNS:${shop}`);
    expect(sight.body).toContain('notice of shop');
    expect(other.status).toBe(421);
  });
});

describe('certificates on disk', () => {
  it('change under continuous handshakes without one that fails', async () => {
    await putCertificate(certificates, { label: shop });
    const { tls } = await secureStage();
    const seen = new Set<string>();
    let isOver = false;
    let count = 0;
    const visitors = Array.from({ length: 3 }, async () => {
      while (!isOver) {
        const sight = await visit({ port: tls, serverName: shop });
        expect(sight.certificate.subjectaltname).toBe(`DNS:${shop}`);
        seen.add(sight.certificate.fingerprint256);
        count += 1;
        await turn();
      }
    });

    await until('the first certificate is seen', () => seen.size > 0);
    for (let change = 1; change <= 5; change += 1) {
      const before = seen.size;
      await putCertificate(certificates, { label: shop });
      await until('the new certificate is seen', () => seen.size > before);
    }
    isOver = true;

    await Promise.all(visitors);
    expect(seen.size).toBeGreaterThanOrEqual(6);
    expect(count).toBeGreaterThan(20);
  });

  it('that do not fit their key leave the old ones in place, and it is told', async () => {
    await putCertificate(certificates, { label: shop });
    const stage = await secureStage();
    const before = (await visit({ port: stage.tls, serverName: shop })).certificate;
    await putCertificate(certificates, { label: bank });
    const stranger = await readFile(join(certificates, `${bank}.key`));

    await writeFile(join(certificates, `${shop}.key`), stranger);
    await until('key-mismatch is told', () => stage.logText().includes('key-mismatch'));

    const after = (await visit({ port: stage.tls, serverName: shop })).certificate;
    expect(after.fingerprint256).toBe(before.fingerprint256);
  });

  it('that lost one of their files are still served', async () => {
    await putCertificate(certificates, { label: shop });
    const stage = await secureStage();
    await visit({ port: stage.tls, serverName: shop });

    await rm(join(certificates, `${shop}.key`));
    await until('half-missing is told', () => stage.logText().includes('half-missing'));

    const after = await visit({ port: stage.tls, serverName: shop });
    expect(after.certificate.subjectaltname).toBe(`DNS:${shop}`);
  });

  it('that are called by a name they do not cover are never shown for it', async () => {
    await putCertificate(certificates, { label: shop, names: [bank] });
    const stage = await secureStage();
    await until('name-mismatch is told', () => stage.logText().includes('name-mismatch'));

    const sight = await visit({ port: stage.tls, serverName: shop });

    expect(sight.certificate.subject.CN).toBe('notice.invalid');
  });
});

describe('a hostile or slow TLS client', () => {
  it('that stalls before or within its hello is cut at the deadline for handshakes', async () => {
    const stage = await secureStage({ handshakeMs: 600 });
    using silent = new Visitor({ port: stage.tls });
    using stalled = new Visitor({ port: stage.tls });
    stalled.send(Buffer.from([22, 3, 1, 2, 0, 1]));
    const start = performance.now();

    await Promise.all([silent.closed(), stalled.closed()]);

    expect(performance.now() - start).toBeGreaterThan(500);
    expect(performance.now() - start).toBeLessThan(2_500);
    expect(await refused(stage, 'handshake-timeout')).toBe(2);
    await until('nothing is held', async () => (await stage.notice.status()).sessions.total === 0);
  });

  it('that speaks plain HTTP is cut at once', async () => {
    const stage = await secureStage();
    using visitor = new Visitor({ port: stage.tls });
    visitor.send(`GET / HTTP/1.1\r\nHost: ${shop}\r\n\r\n`);

    await visitor.closed();

    expect(visitor.rest).toBe('');
    expect(await refused(stage, 'handshake-failed')).toBe(1);
  });

  it('meets the limit on sessions of one source before its handshake', async () => {
    const stage = await openStage(
      { sites: [{ name: 'shop' }], limits: { sourceSessions: 3, sourceNewPerSecond: 1_000 } },
      { https: [{ host: '127.0.0.1', port: 0 }], certificates },
    );
    open.push(stage);
    const port = stage.notice.httpsAddresses[0]?.port ?? 0;
    const from = '127.0.0.9';
    const held = Array.from({ length: 3 }, () => new Visitor({ port, from }));
    await until('three are held', async () => (await stage.notice.status()).sessions.total === 3);

    await expect(shakeHands({ port, serverName: shop, from })).rejects.toThrow();

    expect(await refused(stage, 'source-sessions')).toBe(1);
    expect((await visit({ port, serverName: shop, from: '127.0.0.8' })).status).toBe(503);
    for (const visitor of held) {
      visitor[Symbol.dispose]();
    }
  });
});

describe('session tickets', () => {
  it('are taken by every worker, through one change of keys and not through two', async () => {
    await putCertificate(certificates, { label: shop });
    const stage = await secureStage({ workers: 2 });
    const { session } = await visit({ port: stage.tls, serverName: shop });
    const ticket = session === undefined ? {} : { session };
    const comeBack = async (): Promise<readonly boolean[]> => {
      const isResumed: boolean[] = [];
      for (let n = 0; n < 12; n += 1) {
        isResumed.push((await visit({ port: stage.tls, serverName: shop, ...ticket })).isResumed);
      }
      return isResumed;
    };

    const fresh = await comeBack();
    await stage.notice.rotateTickets();
    const aged = await comeBack();
    await stage.notice.rotateTickets();
    const old = await comeBack();

    expect(fresh).not.toContain(false);
    expect(aged).not.toContain(false);
    expect(old).not.toContain(true);
  });

  it('of one site open no session of another', async () => {
    await putCertificate(certificates, { label: shop });
    await putCertificate(certificates, { label: bank });
    const { tls } = await secureStage();
    const { session } = await visit({ port: tls, serverName: shop });

    const sight = await visit({
      port: tls,
      serverName: bank,
      ...(session === undefined ? {} : { session }),
    });

    expect(sight.isResumed).toBe(false);
    expect(sight.certificate.subjectaltname).toBe(`DNS:${bank}`);
  });
});
