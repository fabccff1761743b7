import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type QuickStart, startQuickStart } from '../../src/app/quick-start.ts';
import { silentLog } from '../../src/lib/log.ts';
import { Steering } from '../../src/quickstart/steering.ts';
import { until } from '../support/until.ts';

let quickStart: QuickStart;

const ask = async (method: string, where: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${quickStart.plane.adminUrl}${where}`, {
    method,
    headers: { authorization: `Bearer ${quickStart.files.token}` },
  });
  return { status: response.status, text: await response.text() };
};

beforeAll(async () => {
  quickStart = await startQuickStart({ log: silentLog, listenAddress: '127.0.0.1:0' });
  await until(
    'the controller to be ready',
    async () => (await ask('GET', '/-/ready')).status === 200,
  );
});

afterAll(() => quickStart?.[Symbol.asyncDispose]());

it('a drill diverts its address on a real router, sees the notice there, restores it, and is remembered', async () => {
  const { configFile } = quickStart.files;
  const config = parse(readFileSync(configFile, 'utf8'));
  const [{ name: router, estate }] = config.routers;
  const address = config.sites[0].addresses[0].replace(/\d+$/, '240');
  const { port, table } = quickStart.network;
  config.routers[0].drill = { address, port };
  const originAddress = '127.0.10.240';
  const origin = createServer((_, response) => response.end('reserved for drills'));
  origin.listen(port, originAddress);
  await once(origin, 'listening');
  await using steering = new Steering({ address, originAddress }, table);
  await steering.start(port);
  writeFileSync(configFile, stringify(config));
  const reloaded = await ask('POST', '/-/reload');
  await until('the warm-up to end', () => quickStart.plane.controller.state().isWarmedUp, {
    timeoutMs: 20_000,
  });

  const drill = await ask('POST', `/api/v1/routers/${router}/drill`);

  expect(reloaded, reloaded.text).toMatchObject({ status: 200 });
  expect(estate).toHaveLength(1);
  expect(JSON.parse(drill.text)).toMatchObject({
    router,
    isPassed: true,
    isReal: true,
    steps: [
      { step: 'divert', isPassed: true },
      { step: 'restore', isPassed: true },
    ],
  });
  expect(quickStart.plane.controller.state().routers[router]?.owned).toEqual([]);
  const history = await ask('GET', `/api/v1/routers/${router}/drills`);
  expect(JSON.parse(history.text).drills).toHaveLength(1);
  const metrics = await ask('GET', '/metrics');
  expect(metrics.text).toContain(`detour_drills_total{router="${router}",result="passed"} 1`);
  expect(metrics.text).toMatch(/detour_drill_last_success_timestamp_seconds\{[^}]*\} \d{10}/);
  origin.close();
  process.stdout.write(
    `${JSON.parse(drill.text)
      .steps.map((step: { detail: string }) => step.detail)
      .join('; ')}\n`,
  );
});
