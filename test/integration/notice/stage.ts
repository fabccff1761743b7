import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Log } from '../../../src/lib/log.ts';
import {
  type NoticeOptions,
  type RunningNotice,
  startNotice,
} from '../../../src/notice/notice-process.ts';
import { defaultNoticeLimits } from '../../../src/ports/notice-limits.ts';
import {
  type FakeSnapshot,
  fakeSnapshot,
  handOver,
  makeKeys,
  type SnapshotKeys,
} from '../../fakes/snapshot.ts';

/** A log that is kept, for tests that ask what was said. */
export function keptLog(): { readonly log: Log; readonly text: () => string } {
  const lines: string[] = [];
  const sink = new Writable({
    write: (chunk, _, done): void => {
      lines.push(String(chunk));
      done();
    },
  });
  return { log: pino({ level: 'debug' }, sink), text: () => lines.join('') };
}

/** Tests that are not about limits knock faster than any visitor, and share this process with whom they knock at. */
const wideLimits = {
  sourceSessions: 10_000,
  sourceNewPerSecond: 10_000,
  ladder: { ...defaultNoticeLimits.ladder, busyShare: 2, delayMs: 60_000 },
};

/** A notice plane on loopback with a hand-over folder of its own. */
export interface Stage extends AsyncDisposable {
  readonly notice: RunningNotice;
  readonly port: number;
  readonly folder: string;
  readonly keys: SnapshotKeys;
  readonly logText: () => string;
  publish(snapshot: Omit<FakeSnapshot, 'keys'>): Promise<void>;
}

export async function tempFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'dn-'));
}

export async function openStage(
  snapshot: Omit<FakeSnapshot, 'keys'> | undefined,
  options: Partial<NoticeOptions> = {},
): Promise<Stage> {
  const folder = await tempFolder();
  const keys = makeKeys();
  const { log, text } = keptLog();
  const publish = async (next: Omit<FakeSnapshot, 'keys'>): Promise<void> => {
    const limits = { ...wideLimits, ...next.limits };
    await handOver(folder, fakeSnapshot({ ...next, limits, keys }), keys);
  };
  if (snapshot !== undefined) {
    await publish(snapshot);
  }
  const notice = await startNotice({
    http: [{ host: '127.0.0.1', port: 0 }],
    workers: 1,
    handover: folder,
    version: 'test',
    log,
    ...options,
  });
  return {
    notice,
    port: notice.addresses[0]?.port ?? 0,
    folder,
    keys,
    logText: text,
    publish,
    [Symbol.asyncDispose]: async () => {
      await notice.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The value of one line of a Prometheus text; 0 when there is none. */
export function metric(text: string, line: string): number {
  const found = text.split('\n').find((each) => each.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? 0);
}
