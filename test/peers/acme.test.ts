import { randomBytes, type X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeCronCalendar } from '../../src/adapters/calendar/node-cron.ts';
import { openAcmeAuthority } from '../../src/adapters/certificates/acme/authority.ts';
import { openCertificateShelf } from '../../src/adapters/certificates/folder/shelf.ts';
import { HttpChallengePath } from '../../src/adapters/certificates/http-challenge-path.ts';
import { openSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { openNoticeClient } from '../../src/adapters/publishers/notice-client.ts';
import { openSnapshotPublisher } from '../../src/adapters/publishers/snapshot/publisher.ts';
import { openSigningKey } from '../../src/adapters/publishers/snapshot/signing-key.ts';
import { storedOrders } from '../../src/app/stored-values.ts';
import { CertificateDesk } from '../../src/controller/certificate-desk.ts';
import type { Alert } from '../../src/core/command.ts';
import type { ControlEvent } from '../../src/core/event.ts';
import type { State } from '../../src/core/state.ts';
import { errorChain } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { day } from '../../src/lib/time.ts';
import { openControlMetrics } from '../../src/metrics/control-metrics.ts';
import { type RunningNotice, startNotice } from '../../src/notice/notice-process.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import type { NoticePublisher } from '../../src/ports/notice-publisher.ts';
import type { Challenge } from '../../src/ports/snapshot.ts';
import { MemoryStore } from '../fakes/memory-store.ts';
import { diversionOf, inPhase, registeredSite, stateOf } from '../fakes/site-state.ts';
import { until } from '../support/until.ts';
import { type Pebble, startPebble } from './support/pebble.ts';

const host = '127.0.0.1';
const clock = openSystemClock();
const shop = registeredSite('shop', { addresses: [host] });
const elsewhere = registeredSite('elsewhere', { addresses: ['127.0.0.2'] });

/** What an authority gives a customer that it wants to know again (RFC 8555 7.3.4). */
const customer = { keyId: 'customer-7', key: randomBytes(32).toString('base64url') };

let folder: string;
let certificates: string;
let notice: RunningNotice;
let publisher: NoticePublisher;
let pebble: Pebble;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dn-acme-'));
  certificates = join(folder, 'certificates');
  await mkdir(certificates);
  const handover = join(folder, 'handover');
  await mkdir(handover);
  notice = await startNotice({
    ...{ http: [{ host, port: 0 }], https: [{ host, port: 0 }], workers: 2 },
    ...{ handover, certificates, version: 'test', log: silentLog },
  });
  publisher = await openSnapshotPublisher({
    folder: handover,
    key: await openSigningKey(join(folder, 'keys')),
    limits: defaultNoticeLimits,
    defaultLanguage: 'ko',
    now: Date.now,
    isLive: async () => true,
    passageProblem: async () => undefined,
    poke: async () => {
      await notice.refresh();
    },
    log: silentLog,
  });
  await publisher.register([shop, elsewhere], {});
  pebble = await startPebble({ folder, httpPort: notice.addresses[0]?.port ?? 0 });
});

afterAll(async () => {
  await pebble?.[Symbol.asyncDispose]();
  await publisher[Symbol.asyncDispose]();
  await notice.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Bench {
  readonly desk: CertificateDesk;
  readonly audit: readonly ControlEvent[];
  readonly alerts: readonly Alert[];
}

function openBench(renewBeforeMs: number, ...sites: readonly (typeof shop)[]): Bench {
  const [audit, alerts]: [ControlEvent[], Alert[]] = [[], []];
  let state = stateOf(...sites);
  for (const { name, addresses } of sites) {
    const diversion = diversionOf([...addresses]);
    state = inPhase(state, name, { name: 'diverted', diversion });
  }
  const desk = new CertificateDesk({
    authority: openAcmeAuthority({
      ...{ directoryUrl: pebble.directoryUrl, email: 'noc@example.kr', caFile: pebble.caFile },
      accountKeyFile: join(folder, 'keys', 'acme-account.key'),
    }),
    shelf: openCertificateShelf(certificates, Date.now),
    path: new HttpChallengePath({ clock, userAgent: 'test', port: notice.addresses[0]?.port ?? 0 }),
    publisher,
    readiness: (signal) => openNoticeClient(notice.controlSocket).readiness(signal),
    state: (): State => state,
    submit: (event) => audit.push(event),
    tell: (alert) => alerts.push(alert),
    store: new MemoryStore(clock),
    parse: storedOrders,
    calendar: nodeCronCalendar,
    clock,
    metrics: openControlMetrics(),
    log: silentLog,
    renewBeforeMs,
    ordersPerHour: 20,
  });
  return { desk, audit, alerts };
}

/** The certificate that a visitor is shown; the neutral one has no names in it. */
async function shown(servername: string): Promise<X509Certificate | undefined> {
  const port = notice.httpsAddresses[0]?.port ?? 0;
  return await new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const names = (certificate: X509Certificate | undefined): string | undefined =>
  certificate?.subjectAltName;

describe('certificates from an ACME authority', () => {
  it('come for a site while it is diverted, and are shown to visitors at once', async () => {
    const bench = openBench(30 * day, shop);
    const before = names(await shown('shop.example.kr'));

    await bench.desk.renewDiverted();

    expect(bench.alerts).toEqual([]);
    expect(before).toBeUndefined();
    await until(
      'the new certificate is shown',
      async () => names(await shown('shop.example.kr')) === 'DNS:shop.example.kr',
    );
    expect(bench.audit).toMatchObject([{ reason: 'certificate-issued', site: 'shop' }]);
    const key = await readFile(join(certificates, 'shop.example.kr.key'), 'utf8');
    expect(key).toContain('PRIVATE KEY');
    for (const file of [
      join(certificates, 'shop.example.kr.key'),
      join(folder, 'keys', 'acme-account.key'),
    ]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
  });

  it('are renewed before they end, by the account that is there', async () => {
    const before = (await shown('shop.example.kr'))?.serialNumber;
    const account = await readFile(join(folder, 'keys', 'acme-account.key'), 'utf8');
    const bench = openBench(50 * 365 * day, shop);

    await bench.desk.renewDiverted();

    expect(bench.alerts).toEqual([]);
    await until('another certificate is shown', async () => {
      const now = await shown('shop.example.kr');
      return names(now) === 'DNS:shop.example.kr' && now?.serialNumber !== before;
    });
    expect(await readFile(join(folder, 'keys', 'acme-account.key'), 'utf8')).toBe(account);
  });

  it('are not asked for when the challenges of a site end somewhere else', async () => {
    const bench = openBench(30 * day, elsewhere);

    await bench.desk.renewDiverted();

    expect(bench.audit).toEqual([]);
    expect(pebble.output()).not.toContain('elsewhere.example.kr');
    expect(names(await shown('elsewhere.example.kr'))).toBeUndefined();
  });
});

describe('an ACME authority that refuses', () => {
  it('leaves the old certificate in use, and people are told in its own words', async () => {
    const refused = registeredSite('refused', {
      addresses: [host],
      hostnames: ['refused.invalid_name.example'],
    });
    await publisher.register([shop, elsewhere, refused], {});
    const bench = openBench(30 * day, refused);

    await bench.desk.renewDiverted();

    expect(bench.audit).toMatchObject([{ reason: 'certificate-failed', site: 'refused' }]);
    expect(bench.alerts[0]?.text).toContain('Could not get a certificate for refused.invalid_name');
    expect(names(await shown('shop.example.kr'))).toBe('DNS:shop.example.kr');
  });
});

describe('an ACME authority that asks whose customer we are', () => {
  it('gives certificates to the account that is bound to its key, and none to another', async () => {
    await using binding = await startPebble({
      folder,
      httpPort: notice.addresses[0]?.port ?? 0,
      customer,
    });
    const keyFile = join(folder, 'customer.key');
    await writeFile(keyFile, `${customer.key}\n`, { mode: 0o600 });
    const options = {
      ...{ directoryUrl: binding.directoryUrl, email: 'noc@example.kr', caFile: binding.caFile },
      accountKeyFile: join(folder, 'keys', 'bound-account.key'),
    };
    const bound = { keyId: customer.keyId, keyFile };
    const present = async ({ token, answer }: Challenge): Promise<void> => {
      await publisher.setChallenges([{ token, answer }]);
    };

    const stranger = openAcmeAuthority(options).issue('shop.example.kr', present);
    await expect(stranger.catch(errorChain)).resolves.toContain('externalAccountBinding');
    const known = openAcmeAuthority({ ...options, externalAccountBinding: bound });
    const { chain } = await known.issue('shop.example.kr', present);

    expect(chain).toContain('BEGIN CERTIFICATE');
  });
});
