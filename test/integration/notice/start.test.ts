import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNoticeClient } from '../../../src/adapters/publishers/notice-client.ts';
import { fakeSnapshot, handOver, makeKeys } from '../../fakes/snapshot.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';

const program = path.join(import.meta.dirname, '../../../bin/detour.js');

/** Writes down every file that the process loads, as it loads it. */
const witness = (file: string): string =>
  `data:text/javascript,${encodeURIComponent(`
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  appendFileSync(${JSON.stringify(file)}, url + '\\n');
  return next(url, context);
} });`)}`;

function statusOf(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    get(
      { host: '127.0.0.1', port, agent: false, headers: { host: 'home01.example.kr' } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    ).on('error', () => resolve(undefined));
  });
}

describe('a notice process', () => {
  it('has loaded nothing of controller, routers, store and API when it gives its first notice from disk', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-start-'));
    await using ends = new AsyncDisposableStack();
    ends.defer(() => rm(folder, { recursive: true, force: true }));
    const loadedFile = path.join(folder, 'loaded');
    const keys = makeKeys();
    const handover = path.join(folder, 'handover');
    await handOver(handover, fakeSnapshot({ keys, sites: [{ name: 'home01' }] }), keys);
    const config = path.join(folder, 'notice.yaml');
    const routers = [
      {
        ...{ name: 'edge-1', driver: 'linux', transport: { type: 'local' } },
        ...{ nextHop: { ipv4: '192.0.2.1' }, estate: ['192.0.2.0/24'] },
      },
    ];
    const notice = { http: ['127.0.0.1:0'], workers: 1, handover };
    await writeFile(config, JSON.stringify({ notice, routers }));

    const daemon = ends.use(
      new Daemon('detour notice', [
        ...[process.execPath, `--import=${witness(loadedFile)}`, program],
        ...['notice', `--config.file=${config}`],
      ]),
    );
    const control = openNoticeClient(path.join(handover, 'notice.sock'));
    // The control socket is there before the listeners are.
    const port = await until(
      `a notice process that serves, ${daemon.name}`,
      async () => (await control.status(AbortSignal.timeout(1_000))).listening[0]?.port,
      { timeoutMs: 30_000 },
    );
    const status = await statusOf(port);

    const loaded = (await readFile(loadedFile, 'utf8')).split('\n');
    const heavy =
      /\/src\/(?:adapters|controller|ui)\/|\/node_modules\/(?:mongo|fastify|@?fastify|ssh2|@grpc|got|handlebars|acme-client|fast-xml)/;
    expect(status).toBe(503);
    expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
    expect(loaded.filter((url) => url.includes('/src/notice/')).length).toBeGreaterThan(20);
  });
});
