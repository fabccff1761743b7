import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { startControlPlane } from '../../src/app/control-plane.ts';
import { settingsFor } from '../../src/app/load-settings.ts';
import { silentLog } from '../../src/lib/log.ts';
import { writeSampleFiles } from '../../src/quickstart/sample-config.ts';
import { raiseSampleNetwork } from '../../src/quickstart/sample-network.ts';
import { until } from '../support/until.ts';

interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly alerts: readonly string[];
}

async function openReceiver(): Promise<Receiver> {
  const alerts: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      alerts.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    alerts,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

it('a router with another host key gets nothing, and people are told', async () => {
  await using ends = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-key-'));
  ends.defer(() => rm(folder, { recursive: true, force: true }));
  const network = ends.use(await raiseSampleNetwork());
  const receiver = ends.use(await openReceiver());
  const { configFile } = writeSampleFiles(folder, network, '127.0.0.1:0');
  const config = parse(await readFile(configFile, 'utf8'));
  config.routers[0].transport.hostKeys = [`SHA256:${'A'.repeat(43)}`];
  config.alerts = [{ type: 'webhook', name: 'duty', url: receiver.url }];
  await writeFile(configFile, stringify(config));
  const settings = settingsFor(configFile, {});
  await mkdir(settings.notice.handover, { recursive: true });

  const plane = ends.use(await startControlPlane(settings, silentLog));
  const alert = await until('an alert about the router', () =>
    receiver.alerts.find((text) => text.includes('"router":"notice-switch"')),
  );

  expect(alert).toContain('not pinned');
  expect(alert).toContain(network.router.fingerprint);
  expect(JSON.parse(alert)).toMatchObject({ severity: 'critical', router: 'notice-switch' });
  expect(plane.controller.state().routers['notice-switch']).toMatchObject({ isReadable: false });
  expect(network.table.routes).toEqual([]);
});
