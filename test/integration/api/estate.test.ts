import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultNoticeLimits } from '../../../src/ports/notice-limits.ts';
import { openApiBench } from '../../fakes/api-bench.ts';
import { FakeBlockedSources } from '../../fakes/blocked-sources.ts';
import { alertmanagerMessage } from '../../fakes/valid-requests.ts';

describe('routers', () => {
  it('show what they have and what they should have', async () => {
    await using bench = await openApiBench();
    bench.control.foreign.push({ prefix: '192.168.80.9/32', nextHop: '192.168.80.1' });

    const list = await bench.ask('viewer', { url: '/api/v1/routers' });
    bench.control.routes.set('notice-switch', [
      { prefix: '192.168.80.66/32', nextHop: '192.168.80.10' },
    ]);
    const routes = await bench.ask('viewer', { url: '/api/v1/routers/notice-switch/routes' });

    expect(list.json().routers).toMatchObject([
      { name: 'notice-switch', isReadable: true, estate: ['192.168.80.0/24'], desired: [] },
    ]);
    expect(routes.json()).toMatchObject({
      error: null,
      plan: { remove: [{ prefix: '192.168.80.66/32' }], add: [] },
      lines: ['no ip route 192.168.80.66/32 192.168.80.10 tag 7300'],
      foreign: [{ prefix: '192.168.80.9/32' }],
    });
  });

  it('that cannot be reached say why', async () => {
    await using bench = await openApiBench();
    bench.control.isRouterUp = false;

    const routes = await bench.ask('viewer', { url: '/api/v1/routers/notice-switch/routes' });
    const drill = await bench.ask('operator', {
      method: 'POST',
      url: '/api/v1/routers/notice-switch/drill',
    });

    expect(routes.statusCode).toBe(200);
    expect(routes.json()).toMatchObject({ error: 'Could not connect to 10.0.0.2:22', plan: null });
    expect(drill.json()).toMatchObject({ isPassed: false });
  });

  it('pass a drill, and fail it when a foreign route stands in the way of a site', async () => {
    await using bench = await openApiBench();
    const drill = { method: 'POST', url: '/api/v1/routers/notice-switch/drill' } as const;

    const clear = await bench.ask('operator', drill);
    bench.control.foreign.push({ prefix: '192.168.80.100/32', nextHop: '192.168.80.1' });
    const blocked = await bench.ask('operator', drill);

    expect(clear.json()).toMatchObject({ isPassed: true });
    expect(blocked.json().steps.at(-1)).toMatchObject({ isPassed: false });
    expect(blocked.json().steps.at(-1).detail).toContain('site home01');
  });
});

describe('limits', () => {
  it('change the ladder and the blocking one value at a time, and the audit names each', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('admin', {
      method: 'PUT',
      url: '/api/v1/limits',
      payload: {
        largeSources: ['203.0.113.0/24'],
        ladder: { delayMs: 80 },
        blocking: { refusals: 0 },
      },
    });

    expect(answer.json()).toEqual({
      ...defaultNoticeLimits,
      largeSources: ['203.0.113.0/24'],
      ladder: { ...defaultNoticeLimits.ladder, delayMs: 80 },
      blocking: { ...defaultNoticeLimits.blocking, refusals: 0 },
    });
    expect(bench.control.journal.records.at(-1)?.text).toBe(
      'session limits: largeSources [203.0.113.0/24], ladder.delayMs 80, blocking.refusals 0',
    );
  });

  it('change one by one and stand in the audit first', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('admin', {
      method: 'PUT',
      url: '/api/v1/limits',
      payload: { sourceSessions: 16 },
    });

    expect(answer.json()).toMatchObject({ sessions: 20_000, sourceSessions: 16 });
    expect(bench.control.journal.records.at(-1)).toMatchObject({
      reason: 'limits-changed',
      actor: 'kim-admin',
      text: 'session limits: sourceSessions 16',
    });
  });

  it('do not change when the audit cannot be written', async () => {
    await using bench = await openApiBench();
    bench.control.journal.isFailing = true;

    await bench.ask('admin', { method: 'PUT', url: '/api/v1/limits', payload: { sessions: 1 } });

    const limits = await bench.ask('viewer', { url: '/api/v1/limits' });
    expect(limits.json()).toMatchObject({ sessions: 20_000 });
  });
});

describe('blocked sources', () => {
  it('are listed, blocked with a reason and lifted, each in the audit first', async () => {
    await using bench = await openApiBench();
    const url = '/api/v1/blocked-sources';

    const blocked = await bench.ask('operator', {
      method: 'POST',
      url,
      payload: { source: '2001:DB8:1:2::9/64', reason: 'floods home01', expiresInSeconds: 60 },
    });
    expect(blocked.statusCode).toBe(400);
    const again = await bench.ask('operator', {
      method: 'POST',
      url,
      payload: { source: '2001:DB8:1:2::', reason: 'floods home01', expiresInSeconds: 60 },
    });
    expect(again.json().sources).toContainEqual({
      source: '2001:db8:1:2::/64',
      expiresInSeconds: 60,
    });
    expect(bench.control.journal.records.at(-1)).toMatchObject({
      reason: 'source-blocked',
      actor: 'kim-operator',
      text: '2001:db8:1:2::/64 blocked for 60 s: floods home01',
    });

    const lifted = await bench.ask('operator', {
      method: 'DELETE',
      url: `${url}/2001:db8:1:2::`,
    });
    expect(lifted.json().sources).toEqual([{ source: '198.51.100.66', expiresInSeconds: 300 }]);
    expect(bench.control.journal.records.at(-1)).toMatchObject({ reason: 'source-lifted' });
    expect(
      (await bench.ask('operator', { method: 'DELETE', url: `${url}/198.51.100.1` })).statusCode,
    ).toBe(404);
  });

  it('say that the notice host does not answer', async () => {
    const away = new FakeBlockedSources();
    away.isAway = true;
    await using bench = await openApiBench({ blockedSources: away });

    const answer = await bench.ask('viewer', { url: '/api/v1/blocked-sources' });

    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'DETOUR_HOST_FAILED' });
  });
});

describe('maintenance', () => {
  it('is planned once or by the calendar, listed and removed', async () => {
    await using bench = await openApiBench();
    const plan = { method: 'POST', url: '/api/v1/maintenance' } as const;

    const once = await bench.ask('operator', {
      ...plan,
      payload: {
        sites: ['home01'],
        reason: 'patches',
        endsAt: '2026-11-24T11:00:00+09:00',
        divert: true,
      },
    });
    const again = await bench.ask('operator', {
      ...plan,
      payload: {
        sites: ['home01', 'home02'],
        reason: 'backup',
        cron: '0 3 * * 1',
        durationSeconds: 3_600,
        timeZone: 'Asia/Seoul',
      },
    });
    const removed = await bench.ask('operator', {
      method: 'DELETE',
      url: `/api/v1/maintenance/${once.json().id}`,
    });

    expect(once.statusCode).toBe(201);
    expect(once.headers.location).toBe(`/api/v1/maintenance/${once.json().id}`);
    expect(once.json()).toMatchObject({
      startsAt: '2026-11-24T00:00:20.000Z',
      endsAt: '2026-11-24T02:00:00.000Z',
      owner: 'kim-operator',
      divert: true,
    });
    expect(again.json()).toMatchObject({ cron: '0 3 * * 1', durationSeconds: 3_600 });
    expect(removed.json().windows).toHaveLength(1);
    expect(
      bench.control.journal.records.filter(({ reason }) => reason === 'maintenance-changed'),
    ).toHaveLength(3);
  });
});

describe('notices', () => {
  it('take words, and show them with the facts of the diversion', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('operator', {
      method: 'PUT',
      url: '/api/v1/sites/home01/notice',
      payload: {
        message: { ko: '전원 공사 중입니다.', en: 'Power works.' },
        contact: '02-123-4567',
        expectedRecoveryAt: '2026-11-24T18:00:00+09:00',
      },
    });

    expect(answer.json()).toMatchObject({
      site: 'home01',
      status: 503,
      cause: null,
      expectedRecoveryAt: '2026-11-24T09:00:00.000Z',
      message: { ko: '전원 공사 중입니다.', en: 'Power works.' },
      contact: '02-123-4567',
    });
  });

  it('are previewed as a visitor gets them, and can do nothing in a browser', async () => {
    await using bench = await openApiBench();

    const html = await bench.ask('viewer', {
      url: '/api/v1/sites/home01/notice/preview?language=ko',
    });
    const json = await bench.ask('viewer', {
      url: '/api/v1/sites/home01/notice/preview?language=en&format=json',
    });

    expect(html.statusCode).toBe(200);
    expect(html.body).toBe('<h1>홈페이지 home01</h1>');
    expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html.headers['detour-notice-status']).toBe('503');
    expect(html.headers['content-security-policy']).toContain('sandbox');
    expect(json.headers['content-type']).toContain('application/problem+json');
  });
});

describe('incidents', () => {
  it('are listed, told and acknowledged', async () => {
    await using bench = await openApiBench({
      history: {
        transcripts: async () => [],
        incidents: async () => [
          {
            id: 'i0-old',
            sites: ['shop'],
            cause: 'overload',
            severity: 'warning',
            openedAt: 1,
            closedAt: 2,
            timeline: [],
          },
        ],
      },
    });
    await bench.control.probe('home01', 'fail', 3);

    const open = await bench.ask('viewer', { url: '/api/v1/incidents?open=true' });
    const all = await bench.ask('viewer', { url: '/api/v1/incidents' });
    const old = await bench.ask('viewer', { url: '/api/v1/incidents/i0-old' });
    const [{ id }] = open.json().incidents;
    const acknowledged = await bench.ask('operator', {
      method: 'POST',
      url: `/api/v1/incidents/${id}/acknowledge`,
    });

    expect(open.json().incidents).toMatchObject([{ sites: ['home01'], cause: 'server-failure' }]);
    expect(all.json().incidents).toHaveLength(2);
    expect(old.json()).toMatchObject({ cause: 'overload' });
    expect(acknowledged.json()).toMatchObject({ acknowledgedBy: 'kim-operator' });
    expect(acknowledged.json().timeline.length).toBeGreaterThan(2);
  });
});

describe('signals', () => {
  it('of Alertmanager become facts of the site they name, and nothing else', async () => {
    await using bench = await openApiBench();

    const answer = await bench.ask('operator', {
      method: 'POST',
      url: '/api/v1/signals/alertmanager',
      payload: alertmanagerMessage,
    });

    expect(answer.json().taken).toEqual([{ site: 'home01', signal: 'SiteSlow', isFiring: true }]);
    expect(answer.json().ignored.map(({ index }: { index: number }) => index)).toEqual([1, 2, 3]);
    expect(bench.control.controller.state().sites.get('home01')?.signals).toEqual({
      SiteSlow: true,
    });
  });

  it('cannot fill the memory', async () => {
    await using bench = await openApiBench();
    const alerts = Array.from({ length: 100 }, (_, index) => ({
      status: 'firing',
      labels: { site: 'home01', alertname: `A${index}` },
    }));

    const answer = await bench.ask('operator', {
      method: 'POST',
      url: '/api/v1/signals/alertmanager',
      payload: { version: '4', alerts },
    });

    expect(answer.json().taken).toHaveLength(64);
    expect(answer.json().ignored).toHaveLength(36);
  });
});

describe('audit', () => {
  it('is read page by page, newest first', async () => {
    await using bench = await openApiBench();
    for (const reason of ['one', 'two', 'three']) {
      await bench.ask('operator', { method: 'PUT', url: '/api/v1/freeze', payload: { reason } });
    }

    const first = (await bench.ask('viewer', { url: '/api/v1/audit?limit=2' })).json().records;
    const second = (
      await bench.ask('viewer', { url: `/api/v1/audit?limit=2&before=${first[1].seq}` })
    ).json().records;

    expect(first).toHaveLength(2);
    expect(second[0].seq).toBe(first[1].seq - 1);
    expect(second[0].hash).toBe(first[1].previousHash);
  });

  it('says whether its chain holds, and does not walk it again for every question', async () => {
    await using bench = await openApiBench();
    const ask = async (): Promise<unknown> =>
      (await bench.ask('viewer', { url: '/api/v1/audit/verify' })).json();

    const whole = await ask();
    bench.control.journal.broken = { seq: 3, problem: 'its hash does not fit' };
    const soon = await ask();
    bench.control.clock.advance(10_000);
    const later = await ask();

    expect(whole).toMatchObject({ isIntact: true, broken: null });
    expect(soon).toEqual(whole);
    expect(later).toMatchObject({ isIntact: false, broken: { seq: 3 } });
  });
});

describe('operations', () => {
  it('are not ready before the routers are read and the warm-up is over, and name why', async () => {
    const { FakeControl } = await import('../../fakes/control.ts');
    const cold = new FakeControl();
    await using bench = await openApiBench({
      control: cold.controller,
      health: () => ({ unready: ['The notice plane does not answer.'] }),
    });

    const ready = await bench.app.inject('/-/ready');
    const head = await bench.app.inject({ method: 'HEAD', url: '/-/ready' });
    await cold.warmUp();
    const warm = await bench.app.inject('/-/ready');

    expect(ready.statusCode).toBe(503);
    expect(ready.body).toContain('Routers not read yet: notice-switch.');
    expect(ready.body).toContain('The warm-up is not over');
    expect(ready.body).toContain('The notice plane does not answer.');
    expect([head.statusCode, head.body]).toEqual([503, '']);
    expect(warm.body).toBe('Detour is not ready.\nThe notice plane does not answer.\n');
  });

  it('answer health by GET and HEAD, and hand metrics out', async () => {
    await using bench = await openApiBench();

    expect((await bench.app.inject('/-/healthy')).body).toBe('Detour is healthy.\n');
    expect((await bench.app.inject({ method: 'HEAD', url: '/-/healthy' })).statusCode).toBe(200);
    expect((await bench.app.inject('/-/ready')).body).toBe('Detour is ready.\n');
    const metrics = await bench.app.inject('/metrics');
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(metrics.body).toContain('detour_leader');
  });

  it('refuse a configuration with errors and name each', async () => {
    await using bench = await openApiBench({
      reload: async () => ({
        isApplied: false,
        problems: ['detour.yaml:3:5: unknown key'],
        warnings: [],
        applied: [],
        needsRestart: [],
      }),
    });

    const answer = await bench.ask('admin', { method: 'POST', url: '/-/reload' });

    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors).toEqual([
      { path: '/configuration', message: 'detour.yaml:3:5: unknown key' },
    ]);
  });

  it('serve the page with its own policy, and a hint where it was not built', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'detour-page-'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Detour</title>');
    writeFileSync(join(folder, 'page.js'), 'void 0');
    await using bench = await openApiBench({ uiFolder: folder });
    await using bare = await openApiBench();

    const page = await bench.app.inject('/');
    const script = await bench.app.inject('/page.js');
    const outside = await bench.app.inject('/%2e%2e/%2e%2e/etc/passwd');
    const missing = await bench.app.inject('/api/v1/nothing');
    const hint = await bare.app.inject('/');
    rmSync(folder, { recursive: true });

    expect(page.body).toContain('<title>Detour</title>');
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(script.statusCode).toBe(200);
    expect([outside.statusCode, missing.statusCode]).toEqual([404, 404]);
    expect(missing.json()).toMatchObject({ code: 'not-found' });
    expect(hint.body).toContain('its page was not built');
  });
});
