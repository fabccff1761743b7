import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { get } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCertificateShelf } from '../../src/adapters/certificates/folder/shelf.ts';
import { openSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { openSqliteJournal } from '../../src/adapters/journal/sqlite/sqlite-journal.ts';
import { openSnapshotPublisher } from '../../src/adapters/publishers/snapshot/publisher.ts';
import { openSigningKey } from '../../src/adapters/publishers/snapshot/signing-key.ts';
import { openSqliteStore } from '../../src/adapters/stores/sqlite/sqlite-store.ts';
import { silentLog } from '../../src/lib/log.ts';
import { KeptSnapshot } from '../../src/notice/kept-snapshot.ts';
import { startNotice } from '../../src/notice/notice-process.ts';
import type { Journal } from '../../src/ports/journal.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import type { NoticePublisher } from '../../src/ports/notice-publisher.ts';
import { sampleDurableSite, sampleEntry } from '../fakes/sample-durable.ts';
import { sampleSite } from '../fakes/sample-site.ts';
import { fakeSnapshot, makeKeys, type SnapshotKeys, signedText } from '../fakes/snapshot.ts';
import { SmallDisk } from './support/small-disk.ts';

/** More than the disk can hold, whatever room its files have inside. */
const manyWrites = 20_000;

/** How often `act` was done before it failed, and how it failed. */
async function untilItFails(act: (index: number) => unknown) {
  for (let index = 0; index < manyWrites; index += 1) {
    try {
      await act(index);
    } catch (failure) {
      return { done: index, failure };
    }
  }
  throw new Error(`${manyWrites} writes and no failure`);
}

function markerOf(port: number | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'home01.example.kr' };
    get({ host: '127.0.0.1', port, agent: false, headers }, (answer) => {
      answer.resume();
      resolve(String(answer.headers['detour-notice']));
    }).on('error', reject);
  });
}

describe('on a disk that is really full', () => {
  let disk: SmallDisk;

  beforeEach(async () => {
    disk = await SmallDisk.mount(4);
  });

  afterEach(async () => {
    await disk[Symbol.asyncDispose]();
  });

  it('the journal loses nothing that it has confirmed, keeps nothing of what it has not, and goes on when there is room', async () => {
    const file = path.join(disk.folder, 'journal.db');
    const put = (to: Journal, index: number) =>
      to.commit(
        [{ kind: 'site', key: `site-${index}`, value: sampleDurableSite }],
        [sampleEntry(index)],
      );
    let journal = openSqliteJournal({ file });
    put(journal, 0);
    await disk.fill();

    const { done, failure } = await untilItFails((index) => put(journal, index + 1));

    expect(failure).toMatchObject({ code: 'DETOUR_JOURNAL_FAILED', retryable: true });
    expect(Object.keys(journal.load().sites)).toHaveLength(done + 1);
    await disk.empty();
    put(journal, done + 1);
    journal[Symbol.dispose]();
    journal = openSqliteJournal({ file });
    expect(Object.keys(journal.load().sites)).toHaveLength(done + 2);
    expect(journal.audit({ limit: 1 })[0]).toMatchObject({ seq: done + 2 });
    expect(journal.verifyAudit()).toBeUndefined();
    journal[Symbol.dispose]();
  });

  it('the store answers what it has, says that it can take no more, and goes on when there is room', async () => {
    const file = path.join(disk.folder, 'store.db');
    await using store = openSqliteStore({ file, clock: openSystemClock(), isOwned: false });
    await store.put('site', 'shop', 'before');
    await disk.fill();

    const words = 'words of a notice '.repeat(100);
    const { done, failure } = await untilItFails((index) =>
      store.put('site', `site-${index}`, words, 0),
    );

    expect(failure).toMatchObject({ code: 'DETOUR_STORE_UNAVAILABLE', retryable: true });
    expect(await store.get('site', 'shop')).toMatchObject({ value: 'before' });
    expect(await store.get('site', `site-${done}`)).toBeUndefined();
    await disk.empty();
    await store.put('site', `site-${done}`, words, 0);
    expect(await store.get('site', `site-${done}`)).toMatchObject({ value: words });
  });

  it('a notice that cannot be written is not published, the last ones are served on, and it is when there is room', async () => {
    const publisher = await openPublisher(disk.folder);
    await using _ = publisher;
    await publisher.register([sampleSite('home01')], {});
    await publish(publisher, 1);
    await using notice = await serve(disk.folder);
    const [address] = notice.addresses;
    const before = await markerOf(address?.port);
    await disk.fill();

    await expect(publish(publisher, 2)).rejects.toMatchObject({
      code: 'DETOUR_NOTICE_PUBLISH_FAILED',
      retryable: true,
    });

    await notice.refresh();
    expect(await markerOf(address?.port)).toBe(before);
    expect(await readdir(disk.folder)).not.toContain('snapshot.json.tmp');
    await disk.empty();
    await publish(publisher, 2);
    await notice.refresh();
    expect(await markerOf(address?.port)).toContain('generation=2');
  });

  it('a node that cannot keep a snapshot says so, serves its last one, begins again from it, and takes the next when there is room', async () => {
    const keys = makeKeys();
    const kept = new KeptSnapshot(disk.folder);
    await kept.take(offer(keys, 1), async () => undefined);
    await disk.fill();

    await expect(kept.take(offer(keys, 2), async () => undefined)).rejects.toMatchObject({
      code: 'DETOUR_SNAPSHOT_INVALID',
      cause: { code: 'ENOSPC' },
    });

    expect((await readdir(disk.folder)).toSorted()).toEqual([
      'filler',
      'snapshot.json',
      'snapshot.pub',
    ]);
    await using notice = await serve(disk.folder);
    const [address] = notice.addresses;
    expect(await markerOf(address?.port)).toContain('generation=1');
    await disk.empty();
    await kept.take(offer(keys, 2), async () => undefined);
    await notice.refresh();
    expect(await markerOf(address?.port)).toContain('generation=2');
  });

  it('a certificate that does not fit leaves the pair that a site has whole, and takes its place when there is room', async () => {
    const folder = path.join(disk.folder, 'certificates');
    await mkdir(folder);
    const shelf = openCertificateShelf(folder, Date.now);
    const [first, second] = [makeCertificate(), makeCertificate()];
    await shelf.put('home01.example.kr', first);
    await disk.fill();

    await expect(shelf.put('home01.example.kr', second)).rejects.toMatchObject({
      code: 'DETOUR_CERTIFICATE_FAILED',
      cause: { code: 'ENOSPC' },
    });

    expect(await pairIn(folder)).toEqual(first);
    expect(await readdir(folder)).toHaveLength(2);
    await disk.empty();
    await shelf.put('home01.example.kr', second);
    expect(await pairIn(folder)).toEqual(second);
  });

  it('not even where there is room for the key of a new certificate and not for the certificate', async () => {
    const folder = path.join(disk.folder, 'certificates');
    await mkdir(folder);
    const shelf = openCertificateShelf(folder, Date.now);
    const [first, { key, chain }] = [makeCertificate(), makeCertificate()];
    await shelf.put('home01.example.kr', first);

    const huge = { key, chain: chain + '# and more\n'.repeat(500_000) };
    await expect(shelf.put('home01.example.kr', huge)).rejects.toMatchObject({
      cause: { code: 'ENOSPC' },
    });

    expect(await pairIn(folder)).toEqual(first);
    expect(await readdir(folder)).toHaveLength(2);
  });
});

async function openPublisher(folder: string): Promise<NoticePublisher> {
  return await openSnapshotPublisher({
    ...{ folder, key: await openSigningKey(path.join(folder, 'keys')) },
    ...{ limits: defaultNoticeLimits, defaultLanguage: 'en', now: Date.now, log: silentLog },
    ...{ poke: async () => undefined, isLive: async () => true },
    passageProblem: async () => undefined,
  });
}

async function publish(publisher: NoticePublisher, generation: number): Promise<void> {
  const order = { site: 'home01', generation, cause: 'server-failure', since: 1, incident: 'i1' };
  await publisher.publish(order, AbortSignal.timeout(5_000));
}

async function serve(handover: string) {
  return await startNotice({
    ...{ http: [{ host: '127.0.0.1', port: 0 }], workers: 1, handover },
    ...{ version: 'test', log: silentLog },
  });
}

function offer(keys: SnapshotKeys, generation: number) {
  const snapshot = fakeSnapshot({ keys, generation, sites: [{ name: 'home01', generation }] });
  const key = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { key, text: signedText(snapshot, keys) };
}

function makeCertificate() {
  const pem = execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', '/CN=home01.example.kr', '-addext', 'subjectAltName=DNS:home01.example.kr'],
      ...['-days', '90', '-keyout', '-'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' },
  );
  const at = pem.indexOf('-----BEGIN CERTIFICATE');
  return { key: pem.slice(0, at), chain: pem.slice(at) };
}

async function pairIn(folder: string) {
  const read = (end: string) => readFile(path.join(folder, `home01.example.kr.${end}`), 'utf8');
  return { key: await read('key'), chain: await read('crt') };
}
