import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openNoticeClient } from '../../../src/adapters/publishers/notice-client.ts';
import type { NoticeStatus } from '../../../src/ports/notice-control.ts';
import { defaultNoticeLimits } from '../../../src/ports/notice-limits.ts';
import { fakeSnapshot, handOver, makeKeys } from '../../fakes/snapshot.ts';
import { putCertificate } from '../../support/certificates.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { canaryIn, type Leak, leakyRequests } from './leaky-requests.ts';
import { Visitor } from './visitor.ts';

const program = path.join(import.meta.dirname, '../../../bin/detour.js');
const host = 'home01.example.kr';
/** V8 cuts long texts in a snapshot unless told not to. */
const wholeStrings = '--heap-snapshot-string-limit=1000000';

let folder: string;
let heaps: string;
let notice: Daemon;
let ports: { readonly plain: number; readonly tls: number };

const client = (): ReturnType<typeof openNoticeClient> =>
  openNoticeClient(path.join(folder, 'handover', 'notice.sock'));

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

async function writeConfig(): Promise<string> {
  const handover = path.join(folder, 'handover');
  const certificates = path.join(folder, 'certificates');
  await mkdir(handover);
  await mkdir(certificates);
  await putCertificate(certificates, { label: host });
  const keys = makeKeys();
  const limits = {
    sourceSessions: 10_000,
    sourceNewPerSecond: 10_000,
    blocking: { ...defaultNoticeLimits.blocking, refusals: 0 },
    // The machine of the tests may be busy; nobody is to be closed for that.
    ladder: { ...defaultNoticeLimits.ladder, busyShare: 2, delayMs: 60_000 },
  };
  const sites = [{ name: 'home01' }, { name: 'home02' }];
  await handOver(handover, fakeSnapshot({ keys, sites, limits }), keys);
  const file = path.join(folder, 'detour.yaml');
  const listeners = { http: ['127.0.0.1:0'], https: ['127.0.0.1:0'] };
  const plane = { ...listeners, certificates, handover, workers: 1 };
  await writeFile(file, stringify({ dataFolder: './data', notice: plane }));
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dn-harmless-'));
  heaps = await mkdtemp(path.join(tmpdir(), 'dn-heap-'));
  const file = await writeConfig();
  notice = new Daemon('detour notice', [
    ...[process.execPath, '--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${heaps}`],
    ...[wholeStrings, program, 'notice', `--config.file=${file}`, '--log.level=debug'],
  ]);
  const status = await until<NoticeStatus>(
    'the notice process serves',
    async () => {
      const seen = await client().status(soon());
      return seen.listeningHttps.length > 0 && seen;
    },
    { timeoutMs: 40_000 },
  );
  ports = {
    plain: status.listening[0]?.port ?? 0,
    tls: status.listeningHttps[0]?.port ?? 0,
  };
});
afterAll(async () => {
  await notice[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
  await rm(heaps, { recursive: true, force: true });
});

/** Sends it, takes every answer, each within what answers may have, and leaves. Gives all that was answered. */
async function leak({ bytes, isTls }: Leak): Promise<string> {
  using visitor = new Visitor(
    isTls ? { port: ports.tls, serverName: host } : { port: ports.plain },
  );
  visitor.send(bytes);
  const answers = [await visitor.answer()];
  visitor.socket.end();
  await visitor.closed();
  while (visitor.rest !== '') {
    answers.push(await visitor.answer());
  }
  return answers.map(({ headers, text }) => JSON.stringify(headers) + text).join('\n');
}

async function textsBelow(top: string): Promise<readonly string[]> {
  const entries = await readdir(top, { recursive: true, withFileTypes: true });
  return await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) =>
        (await readFile(path.join(parentPath, name))).toString('latin1'),
      ),
  );
}

/** What the process holds in its JavaScript heap when every connection has gone. */
async function heapText(): Promise<string> {
  await until(
    'every session is over',
    async () => (await client().status(soon())).sessions.total === 0,
  );
  process.kill(notice.pid, 'SIGUSR2');
  return await until(
    'the heap is written',
    async () => {
      const [text = ''] = await textsBelow(heaps);
      return text.trimEnd().endsWith('}') && text;
    },
    { timeoutMs: 40_000, everyMs: 250 },
  );
}

describe('cookies, credentials, paths and bodies of visitors', () => {
  it('are in no answer, no later answer, no log, no metric, no file and not in memory', async () => {
    const leaks = leakyRequests(host);
    const answers: string[] = [];
    for (const one of leaks) {
      answers.push(await leak(one));
    }
    const clean = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const later = [
      await leak({ bytes: clean, isTls: false }),
      await leak({ bytes: clean, isTls: true }),
    ];

    const places = {
      answers: answers.join('\n'),
      later: later.join('\n'),
      log: notice.output,
      metrics: await client().metrics(soon()),
      status: JSON.stringify(await client().status(soon())),
      heap: await heapText(),
      files: (await textsBelow(folder)).join('\n'),
    };

    // The search finds what is there.
    expect(places.heap).toContain(host);
    expect(places.files).toContain(host);
    expect(places.log).toContain('Notice plane serves');
    expect(later.every((text) => text.includes('notice of home01'))).toBe(true);
    for (const [place, text] of Object.entries(places)) {
      expect(canaryIn(text), place).toEqual([]);
    }
  });
});
