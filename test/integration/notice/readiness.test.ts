import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNoticeClient } from '../../../src/adapters/publishers/notice-client.ts';
import { readinessView } from '../../../src/api/sites/readiness-view.ts';
import { BlockedSources } from '../../../src/host/blocked-sources.ts';
import { HostHelper } from '../../../src/host/host-helper.ts';
import { NoticeHost } from '../../../src/host/notice-host.ts';
import { PrefixSet } from '../../../src/lib/prefix-set.ts';
import type { SiteReadiness } from '../../../src/ports/site-readiness.ts';
import { FakeHostTools } from '../../fakes/host-tools.ts';
import { sampleSite } from '../../fakes/sample-site.ts';
import { putCertificate } from '../../support/certificates.ts';
import { until } from '../../support/until.ts';
import { keptLog, metric, openStage, type Stage } from './stage.ts';

/** Knows the rules of a host; taking addresses needs a real kernel. */
class ToldHost extends NoticeHost {
  override async apply(): ReturnType<NoticeHost['apply']> {
    return { firewall: [], isSetStale: false, routes: { add: [], remove: [] }, refused: [] };
  }
}

let certificates: string;
let stage: Stage;

beforeAll(async () => {
  certificates = await mkdtemp(join(tmpdir(), 'dn-crt-'));
  await putCertificate(certificates, { label: 'shop.example.kr' });
  await putCertificate(certificates, { label: 'old.example.kr', notAfter: '20210101000000Z' });
  stage = await openStage(
    { sites: [{ name: 'shop' }, { name: 'old' }, { name: 'bare' }] },
    { https: [{ host: '127.0.0.1', port: 0 }], certificates },
  );
  await until('the certificates are read', async () => (await readinessOf('shop')).isReady);
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(certificates, { recursive: true, force: true });
});

async function readinessOf(site: string): Promise<SiteReadiness> {
  const client = openNoticeClient(stage.notice.controlSocket);
  const all = await client.readiness(AbortSignal.timeout(1_000));
  const found = all.find((each) => each.site === site);
  if (found === undefined) {
    throw new Error(`nothing is known of ${site}`);
  }
  return found;
}

describe('the readiness of a site', () => {
  it('is there when its certificate is valid', async () => {
    const readiness = await readinessOf('shop');

    expect(readiness.hostnames).toMatchObject([{ certificate: 'valid' }]);
    expect(readinessView(readiness, sampleSite('old')).problems).toEqual([]);
  });

  it('is missing, and says so in both languages, when its certificate has expired', async () => {
    const readiness = await readinessOf('old');

    const { isReady, problems } = readinessView(readiness, sampleSite('old'));

    expect(isReady).toBe(false);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.en).toContain('old.example.kr has expired');
    expect(problems[0]?.ko).toContain('old.example.kr의 인증서가 만료');
  });

  it('is missing when visitors over HTTPS would be shown another certificate', async () => {
    const readiness = await readinessOf('bare');

    expect(readiness.isReady).toBe(false);
    expect(readiness.hostnames).toEqual([
      { hostname: 'bare.example.kr', certificate: 'missing', expiresAt: null },
    ]);
  });

  it('is missing everywhere alike when visitors use HTTPS and notices are not answered over it', async () => {
    const sites = [{ name: 'secure', needsHttps: true }, { name: 'plain' }] as const;
    await using unserved = await openStage({ sites });
    const client = openNoticeClient(unserved.notice.controlSocket);

    const all = await client.readiness(AbortSignal.timeout(1_000));
    const text = await unserved.notice.metrics();

    expect(all.map(({ site, isReady }) => [site, isReady])).toEqual([
      ['secure', false],
      ['plain', true],
    ]);
    expect(metric(text, 'detour_site_ready{site="secure"}')).toBe(0);
    expect(metric(text, 'detour_site_ready{site="plain"}')).toBe(1);
  });

  it('shows in the metrics, with the time until the certificate ends', async () => {
    const text = await stage.notice.metrics();

    expect(metric(text, 'detour_site_ready{site="shop"}')).toBe(1);
    expect(metric(text, 'detour_site_ready{site="bare"}')).toBe(0);
    const seconds = metric(text, 'detour_notice_certificate_expiry_seconds{site="shop"}');
    expect(seconds).toBeGreaterThan(363 * 86_400);
    expect(metric(text, 'detour_notice_certificate_expiry_seconds{site="old"}')).toBeLessThan(0);
  });
});

describe('the reception of its addresses', () => {
  const registered = [
    { name: 'near', addresses: ['203.0.113.7'] },
    { name: 'far', addresses: ['198.51.100.7'] },
  ];

  const receptionOn = async (host: Stage): Promise<Readonly<Record<string, unknown>>> => {
    const all = await openNoticeClient(host.notice.controlSocket).readiness(
      AbortSignal.timeout(1_000),
    );
    return Object.fromEntries(
      all.map(({ site, isReady, reception }) => [
        site,
        [isReady, ...reception.map((each) => `${each.reception} ${each.why ?? ''}`.trim())],
      ]),
    );
  };

  it('is checked with the helper of the host before anything is diverted', async () => {
    await using host = await openStage(
      { sites: registered },
      { hostSocket: join(certificates, 'host.sock') },
    );
    const before = await receptionOn(host);
    const tools = new FakeHostTools();
    await using helper = new HostHelper({
      host: new ToldHost({
        ...{ tools, ports: [80] },
        refuse: (address) => (address.startsWith('203.') ? undefined : 'it lies outside'),
      }),
      blocked: new BlockedSources(tools, new PrefixSet([])),
      handover: host.folder,
      socket: join(certificates, 'host.sock'),
      log: keptLog().log,
    });
    await helper.start();

    const after = await receptionOn(host);

    expect(before).toEqual({ near: [true, 'unchecked'], far: [true, 'unchecked'] });
    expect(after).toEqual({ near: [true, 'ready'], far: [false, 'refused it lies outside'] });
  });
});
