import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../dashboards/source/panels.ts';
import { type QuickStart, startQuickStart } from '../../src/app/quick-start.ts';
import { silentLog } from '../../src/lib/log.ts';
import { run } from '../support/command.ts';
import { until } from '../support/until.ts';
import { type Prometheus, startPrometheus } from './support/prometheus.ts';

const dashboards = path.join(import.meta.dirname, '../../dashboards');

const plain = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.+').replaceAll('$instance', '.+');

const queries = rows.flatMap(({ panels }) =>
  panels.flatMap((panel) => panel.queries.map(({ expr }): [string, string] => [panel.title, expr])),
);

describe('every panel of the dashboard, on a real Prometheus that scraped a real outage', () => {
  let play: QuickStart;
  let prometheus: Prometheus;

  async function ask(method: string, url: string, body?: object): Promise<Response> {
    return await fetch(`${play.plane.adminUrl}${url}`, {
      method,
      headers: {
        authorization: `Bearer ${play.files.token}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  const phaseOf = (site: string): string | undefined =>
    play.plane.controller.state().sites.get(site)?.phase.name;

  /** One outage with visitors, some of whom are refused, and one order of a person. */
  async function playOutage(): Promise<void> {
    await until('the warm-up', () => play.plane.controller.state().isWarmedUp);
    await play.network.sites[0]?.breakDown();
    await until('the diversion', () => phaseOf('home01') === 'diverted', { timeoutMs: 30_000 });
    const url = `http://127.0.80.100:${play.network.port}/`;
    for (let visit = 0; visit < 20; visit += 1) {
      await fetch(url).then((answer) => answer.text());
    }
    // Far more at once than one source may have.
    await Promise.allSettled(
      Array.from({ length: 200 }, () => fetch(url, { headers: { connection: 'close' } })),
    );
    await ask('PUT', '/api/v1/sites/home02/override', { action: 'hold', reason: 'disk change' });
    // The sample router takes no leases: what one that does would have told.
    const at = Date.now() + 300_000;
    const renewed = {
      type: 'route-lease-renewed',
      router: 'notice-switch',
      routes: 1,
      until: at,
    } as const;
    await play.plane.controller.submit(renewed);
  }

  beforeAll(async () => {
    play = await startQuickStart({ log: silentLog, listenAddress: '127.0.0.1:0' });
    prometheus = await startPrometheus({
      targets: [{ job: 'detour', address: new URL(play.plane.adminUrl).host }],
    });
    await prometheus.queryUntilSome('detour_leader');
    await playOutage();
    // Rates need two scrapes after the last thing that happened.
    const count = 'count_over_time(detour_leader[1m])';
    const before = Number((await prometheus.query(count))[0]?.value[1] ?? 0);
    await until('three more scrapes', async () => {
      const now = Number((await prometheus.query(count))[0]?.value[1] ?? 0);
      return now >= before + 3;
    });
  });

  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await play?.[Symbol.asyncDispose]();
  });

  it.each(queries)('%s: %s is not empty', async (_, expr) => {
    const found = await prometheus.query(plain(expr));

    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(({ value }) => value[1] !== 'NaN').length).toBeGreaterThan(0);
  });

  it('shows the outage in the figures that matter', async () => {
    const value = async (expr: string): Promise<number> =>
      Number((await prometheus.query(expr))[0]?.value[1] ?? Number.NaN);

    expect(await value('detour_diversions_active')).toBe(1);
    expect(await value('detour_site_phase{site="home01",phase="diverted"}')).toBe(1);
    expect(await value('detour_override_active{site="home02",action="hold"}')).toBe(1);
    expect(await value('detour_routes{router="notice-switch",state="observed"}')).toBe(1);
    expect(await value('detour_leased_routes{router="notice-switch"}')).toBe(1);
    expect(await value('detour_diversion_seconds_count{step="proven"}')).toBe(1);
    expect(
      await value('detour_notice_requests_total{site="home01",code="503"}'),
    ).toBeGreaterThanOrEqual(20);
    expect(await value('sum(detour_notice_refused_total)')).toBeGreaterThan(0);
  });

  it('has no label whose values a visitor could choose', async () => {
    const url = `http://127.0.80.100:${play.network.port}`;
    for (let visit = 0; visit < 20; visit += 1) {
      const headers = { host: `canary-${visit}.example.com` };
      await fetch(`${url}/canary?${visit}`, { headers }).then((answer) => answer.text());
    }

    expect(await (await ask('GET', '/metrics')).text()).not.toContain('canary');
  });

  it('is fed by metrics that promtool finds nothing wrong with', async () => {
    const text = await (await ask('GET', '/metrics')).text();

    const { exitCode, stdout, stderr } = await run(['promtool', 'check', 'metrics'], {
      stdin: text,
    });

    expect(`${stdout}${stderr}`).toBe('');
    expect(exitCode).toBe(0);
  });
});

describe('the alert rules', () => {
  it('are sound, and each fires and clears as its test says', async () => {
    const written = await readFile(`${dashboards}/alerts.yaml`, 'utf8');
    const count = written.match(/^ *- alert:/gm)?.length;
    const check = await run(['promtool', 'check', 'rules', `${dashboards}/alerts.yaml`]);
    const files = ['alerts', 'alerts-slow'].map((name) => `${dashboards}/${name}.test.yaml`);
    const test = await run(['promtool', 'test', 'rules', ...files], { timeoutMs: 100_000 });

    expect(`${check.stdout}${check.stderr}`).toContain(`${count} rules found`);
    expect(test.stdout.match(/SUCCESS/g)).toHaveLength(files.length);
    expect(test.exitCode).toBe(0);
  });

  it('fail their test when one is broken', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-alerts-'));
    try {
      const rules = await readFile(`${dashboards}/alerts.yaml`, 'utf8');
      const broken = rules.replace('detour_journal_up == 0', 'detour_journal_up == 2');
      await writeFile(`${folder}/alerts.yaml`, broken);
      await cp(`${dashboards}/alerts.test.yaml`, `${folder}/alerts.test.yaml`);

      const test = ['promtool', 'test', 'rules', `${folder}/alerts.test.yaml`];
      const { exitCode } = await run(test, { timeoutMs: 100_000 });

      expect(exitCode).not.toBe(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
