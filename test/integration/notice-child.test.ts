import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openNoticeClient } from '../../src/adapters/publishers/notice-client.ts';
import { settingsFor } from '../../src/app/load-settings.ts';
import { ensureNotice } from '../../src/app/notice-child.ts';
import type { Settings } from '../../src/config/settings.ts';
import { silentLog } from '../../src/lib/log.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import { snapshotLayout } from '../../src/ports/snapshot.ts';
import { closedPort } from '../fakes/loopback-server.ts';
import { until } from '../support/until.ts';

/** A notice process as an earlier version was one: on the control socket it says what it is told to, and it ends when it is asked to. */
const earlier = `
const [, , , socket, status] = process.argv;
const server = require('node:http').createServer((_, response) => {
  response.end(JSON.stringify({ ...JSON.parse(status), pid: process.pid }));
});
process.on('SIGTERM', () => server.close(() => process.exit(0)));
server.listen(socket, () => process.stdout.write('up'));
`;

const status = {
  version: '0.0.9',
  workers: 1,
  listening: [],
  snapshot: null,
  problem: null,
  sessions: { total: 0, sites: {} },
  ladder: 'full',
  limits: defaultNoticeLimits,
  host: null,
};

describe('the notice process of a controller', () => {
  let folder: string;
  let file: string;
  let settings: Settings;
  let old: ChildProcess | undefined;

  const socket = (): string => path.join(settings.notice.handover, 'notice.sock');

  async function startEarlier(about: object): Promise<number> {
    const script = path.join(folder, 'earlier.cjs');
    await writeFile(script, earlier);
    const words = JSON.stringify({ ...status, ...about });
    old = spawn(process.execPath, [script, 'notice', socket(), words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(old.stdout ?? old, 'data');
    return old.pid ?? 0;
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'dn-child-'));
    file = path.join(folder, 'detour.yaml');
    const port = await closedPort();
    await writeFile(file, JSON.stringify({ notice: { http: [`127.0.0.1:${port}`], workers: 1 } }));
    settings = settingsFor(file, {});
    await mkdir(settings.notice.handover, { recursive: true });
  });

  afterEach(async () => {
    const client = openNoticeClient(socket());
    const left = await client.status(AbortSignal.timeout(1_000)).catch(() => undefined);
    if (left !== undefined) {
      process.kill(left.pid, 'SIGTERM');
    }
    old?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('is replaced where an earlier version left one that cannot read the snapshots of today', async () => {
    const before = await startEarlier({});

    const pid = await ensureNotice(settings, file, silentLog);

    expect(pid).not.toBe(before);
    await until('the earlier one to have ended', () => old?.exitCode === 0);
    const now = await openNoticeClient(socket()).status(AbortSignal.timeout(5_000));
    expect(now).toMatchObject({ pid, snapshotLayout });
    expect(now.listening).toHaveLength(1);
  }, 40_000);

  it('is taken over as it is where it reads them, also one of a newer version', async () => {
    const before = await startEarlier({ snapshotLayout: snapshotLayout + 1 });

    expect(await ensureNotice(settings, file, silentLog)).toBe(before);
    expect(old?.exitCode).toBeNull();
  });
});
