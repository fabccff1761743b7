import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { k6ThresholdExitCode, runK6 } from './support/k6.ts';
import { startPrometheus } from './support/prometheus.ts';

describe('the observers of the tests', () => {
  let address = '';
  const server = createServer((request, response) => {
    const isAllowed = request.headers.authorization === 'Bearer secret';
    response.statusCode = isAllowed || request.url !== '/metrics' ? 200 : 401;
    response.end('# TYPE smoke_total counter\nsmoke_total{kind="lab"} 7\n');
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    address = typeof bound === 'object' && bound !== null ? `127.0.0.1:${bound.port}` : '';
  });

  afterAll(() => server.close());

  it('scrape a target that wants a token, and answer a query about it', async () => {
    await using prometheus = await startPrometheus({
      targets: [{ job: 'smoke', address, bearerToken: 'secret' }],
    });

    const [sample] = await prometheus.queryUntilSome('smoke_total');

    expect(sample).toMatchObject({
      metric: { job: 'smoke', kind: 'lab' },
      value: [expect.any(Number), '7'],
    });
    await expect(prometheus.query('sum(')).rejects.toThrow('parse error');
    expect(await prometheus.query('a_metric_that_nobody_has')).toEqual([]);
  });

  it('run a load script, count its requests and say when a threshold is crossed', async () => {
    const script = join(tmpdir(), `detour-k6-smoke-${process.pid}.js`);
    onTestFinished(() => rm(script));
    await writeFile(
      script,
      `import http from 'k6/http';
      export const options = { vus: 1, iterations: 5, thresholds: { http_reqs: [\`count<\${__ENV.MOST}\`] } };
      export default function () { http.get(\`http://\${__ENV.ADDRESS}/\`); }`,
    );

    const kept = await runK6(script, { ADDRESS: address, MOST: '6' });
    const crossed = await runK6(script, { ADDRESS: address, MOST: '3' });

    expect(kept.exitCode).toBe(0);
    expect(kept.value('http_reqs', 'count')).toBe(5);
    expect(kept.value('http_req_duration', 'p(95)')).toBeGreaterThan(0);
    expect(crossed.exitCode).toBe(k6ThresholdExitCode);
  });
});
