import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startQuickStart } from '../../src/app/quick-start.ts';
import { playDemo } from '../../src/app/run-demo.ts';
import { silentLog } from '../../src/lib/log.ts';
import { until } from '../support/until.ts';
import { ChildLines } from './support/child-lines.ts';

interface Played {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function play(options: { isSteering?: boolean; stepSeconds: number }): Promise<Played> {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
  };
  const exitCode = await playDemo({ log: silentLog, ...options }, io);
  return { exitCode, out: out.join(''), err: err.join('') };
}

describe('the demo', () => {
  it('plays one outage, tells when what was seen, and ends with 0', async () => {
    const { exitCode, out, err } = await play({ stepSeconds: 30 });

    expect(err).toBe('');
    expect(exitCode).toBe(0);
    const story = [
      'both sites answer at their addresses',
      'the server of home01 is killed',
      'a visitor of home01 gets no answer',
      'detour: decided-by-rule',
      'a visitor of home01 reads its notice',
      'Detour has proven the diversion',
      'the server of home01 is repaired',
      'the router has no route for 127.0.80.100 any more',
      'a visitor of home01 gets the site itself',
      'Detour has proven the restore',
      'home02 answered all',
      'from the failure to the notice',
    ];
    const places = story.map((text) => out.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  it('fails and names the step when the router shows a route by which it does not forward', async () => {
    const { exitCode, out, err } = await play({ isSteering: false, stepSeconds: 4 });

    expect(exitCode).toBe(1);
    expect(err).toContain('Not seen within 4 s: a visitor of home01 reads its notice');
    expect(out).not.toContain('Every step was seen');
  });
});

describe('the quick start', () => {
  it('runs twice beside itself, each on ports of its own, and leaves nothing behind', async () => {
    const folders: string[] = [];
    {
      await using one = await startQuickStart({ log: silentLog, listenAddress: '127.0.0.1:0' });
      await using other = await startQuickStart({ log: silentLog, listenAddress: '127.0.0.1:0' });
      folders.push(one.folder, other.folder);

      expect(one.network.port).not.toBe(other.network.port);
      expect((await fetch(`${one.plane.adminUrl}/-/healthy`)).status).toBe(200);
      expect((await fetch(`${other.plane.adminUrl}/-/healthy`)).status).toBe(200);
    }

    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  });

  it('breaks and repairs a site on request', async () => {
    await using quickStart = await startQuickStart({
      log: silentLog,
      listenAddress: '127.0.0.1:0',
    });
    const { controlUrl, network } = quickStart;
    const siteUrl = `http://127.0.80.100:${network.port}/`;

    await fetch(`${controlUrl}/home01/break`, { method: 'POST' });
    const whileBroken = await fetch(siteUrl).then(
      () => 'answered',
      () => 'refused',
    );
    await fetch(`${controlUrl}/home01/repair`, { method: 'POST' });
    const afterRepair = await fetch(siteUrl);

    expect(whileBroken).toBe('refused');
    expect(await afterRepair.text()).toContain('home01');
    expect((await fetch(`${controlUrl}/nobody/break`, { method: 'POST' })).status).toBe(404);
  });

  it.each([
    ['`detour serve` runs without a configuration', process.execPath, ['bin/detour.js', 'serve']],
    ['`npm start` runs', 'npm', ['start', '--']],
  ])('is what %s, and ends with everything it started', async (_what, command, args) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-test-'));
    try {
      await using child = new ChildLines(command, [
        ...args,
        '--web.listen-address=127.0.0.1:0',
        `--data.folder=${folder}`,
        '--log.level=error',
      ]);
      await child.until((lines) => lines.some((text) => text.includes('Ctrl-C ends')), 30_000);
      const page = child.lines.find((text) => text.includes('  page '))?.split(/\s+/)[2] ?? '';
      const [base = '', token = ''] = page.split('/#token=');
      const sites = await fetch(`${base}/api/v1/sites`, {
        headers: { authorization: `Bearer ${token}` },
      });

      await child.end('SIGTERM');

      expect(sites.status).toBe(200);
      await expect(fetch(`${base}/-/healthy`)).rejects.toThrow('fetch failed');
      const socket = path.join(folder, 'data/handover/notice.sock');
      await until('the notice process to be gone', () => !existsSync(socket));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
