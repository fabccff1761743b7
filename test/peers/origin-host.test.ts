import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, ServerProcess } from '../../load/support/server-process.ts';
import { openShellHost, openStatusHost } from '../../src/adapters/origin-hosts/origin-host.ts';
import { openLocalTransport } from '../../src/adapters/transports/local/transport.ts';
import { until } from '../support/until.ts';

const modules = '/usr/lib/apache2/modules';
const workers = 40;

/** Debian's Apache with its status page and few workers. */
async function startApache(folder: string): Promise<ServerProcess> {
  const port = await freePort();
  const file = path.join(folder, 'apache.conf');
  await writeFile(
    file,
    `ServerRoot ${folder}
LoadModule mpm_event_module ${modules}/mod_mpm_event.so
LoadModule authz_core_module ${modules}/mod_authz_core.so
LoadModule status_module ${modules}/mod_status.so
ServerName localhost
Listen 0.0.0.0:${port}
PidFile ${folder}/pid
ErrorLog /dev/null
ServerLimit 2
ThreadsPerChild 20
MaxRequestWorkers ${workers}
<Location /server-status>
  SetHandler server-status
  Require all granted
</Location>
`,
  );
  const server = new ServerProcess(['apache2', '-f', file, '-DFOREGROUND'], port);
  await server.untilReady();
  return server;
}

describe('a real Apache, measured from inside', () => {
  let folder: string;
  let apache: ServerProcess;
  const signal = AbortSignal.timeout(50_000);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'detour-origin-'));
    apache = await startApache(folder);
  });

  afterAll(async () => {
    await apache[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives its workers over its status page, asked by itself or from here', async () => {
    const statusUrl = `${apache.url}/server-status?auto`;
    await using shell = openShellHost(openLocalTransport(), {
      ports: [apache.port],
      users: ['www-data', 'root', 'nobody'],
      statusUrl,
    });
    await using page = openStatusHost(statusUrl, 'test');

    const inside = await shell.measure(signal);
    const outside = await page.measure(signal);

    for (const facts of [inside, outside]) {
      expect(facts.maxWorkers).toBe(workers);
      expect(facts.busyWorkers).toBeGreaterThanOrEqual(1);
      expect(facts.busyWorkers).toBeLessThan(workers);
    }
    expect(inside.memoryPerProcessMb).toBeGreaterThan(0);
  });

  it('shows requests that never end as busy workers', async () => {
    await using page = openStatusHost(`${apache.url}/server-status?auto`, 'test');
    const before = (await page.measure(signal)).busyWorkers ?? 0;
    const slow: Socket[] = Array.from({ length: 10 }, () => {
      const socket = connect(apache.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('GET / HTTP/1.1\r\nHost: home01.example.kr\r\n');
      return socket;
    });

    await until('ten workers to be busy', async () => {
      const { busyWorkers = 0 } = await page.measure(signal);
      return busyWorkers >= before + 9;
    });

    for (const socket of slow) {
      socket.destroy();
    }
  });
});
