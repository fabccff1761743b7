import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { openAlertmanager } from '../../src/adapters/alerters/alertmanager/alerter.ts';
import { type QuickStart, startQuickStart } from '../../src/app/quick-start.ts';
import { storedAlert } from '../../src/app/stored-values.ts';
import { AlertDesk } from '../../src/controller/alert-desk.ts';
import { silentLog } from '../../src/lib/log.ts';
import { minute } from '../../src/lib/time.ts';
import { openControlMetrics } from '../../src/metrics/control-metrics.ts';
import { sampleAlert } from '../fakes/fake-alerter.ts';
import { type LoopbackServer, serveTcp } from '../fakes/loopback-server.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { MemoryStore } from '../fakes/memory-store.ts';
import { diversionOf, inPhase, registeredSite, stateOf } from '../fakes/site-state.ts';
import { until } from '../support/until.ts';
import { type Alertmanager, startAlertmanager } from './support/alertmanager.ts';

describe('a real Alertmanager', () => {
  let manager: Alertmanager;

  beforeAll(async () => {
    manager = await startAlertmanager();
  });

  afterAll(async () => {
    await manager?.[Symbol.asyncDispose]();
  });

  const fires = async (site: string): Promise<boolean> =>
    (await manager.firing()).some(({ labels }) => labels['site'] === site);

  it('hears of an alert again after it lost everything, and of its end', async () => {
    // Behind the real time, so that an end in this time lies in Alertmanager's past.
    const clock = new ManualClock(Date.now() - 2 * minute);
    const diverted = inPhase(stateOf(registeredSite('home01')), 'home01', {
      name: 'diverted',
      diversion: diversionOf(['192.0.2.10']),
    });
    const alerters = [openAlertmanager({ name: 'duty', url: manager.url }, clock)];
    using desk = new AlertDesk({
      alerters: () => alerters,
      state: () => ({ ...diverted, isWarmedUp: true, isLeader: true }),
      parse: storedAlert,
      clock,
      store: new MemoryStore(clock),
      metrics: openControlMetrics(),
      log: silentLog,
    });
    desk.start();

    desk.take(sampleAlert({ at: clock.now() }));
    await until('the alert to fire', () => fires('home01'));
    await manager.restart();
    expect(await fires('home01')).toBe(false);
    clock.advance(minute);
    await until('the alert to fire again', () => fires('home01'));
    desk.take(sampleAlert({ at: clock.now(), isResolved: true }));
    await until('the alert to end', async () => !(await fires('home01')));
  });

  describe('beside a receiver that never answers', () => {
    let play: QuickStart;
    let silent: LoopbackServer;

    const phase = (site: string): string | undefined =>
      play.plane.controller.state().sites.get(site)?.phase.name;

    beforeAll(async () => {
      silent = await serveTcp(() => undefined);
      play = await startQuickStart({ log: silentLog, listenAddress: '127.0.0.1:0' });
      const { configFile } = play.files;
      const config = parse(await readFile(configFile, 'utf8'));
      config.alerts = [
        { type: 'webhook', name: 'silent', url: `http://127.0.0.1:${silent.port}/` },
        { type: 'alertmanager', name: 'duty', url: manager.url },
      ];
      await writeFile(configFile, stringify(config));
      await play.plane.reload();
      await until('the warm-up', () => play.plane.controller.state().isWarmedUp);
    });

    afterAll(async () => {
      await play?.[Symbol.asyncDispose]();
      await silent?.[Symbol.asyncDispose]();
    });

    it('shows an outage from its diversion to its restore, and nothing waits for the silent one', async () => {
      await play.network.sites[0]?.breakDown();
      await until('the diversion', () => phase('home01') === 'diverted', { timeoutMs: 30_000 });
      const shown = await until('the alert to fire', async () =>
        (await manager.firing()).find(({ labels }) => labels['key'] === 'diversion:home01'),
      );
      await play.network.sites[0]?.repair();
      await until('the restore', () => phase('home01') === 'serving', { timeoutMs: 60_000 });
      await until('the alert to end', async () => !(await fires('home01')));

      expect(shown.labels).toMatchObject({ alertname: 'DetourDiversion', severity: 'warning' });
      expect(shown.annotations['summary']).toContain('home01 is diverted');
      const metrics = await fetch(`${play.plane.adminUrl}/metrics`);
      const lines = await metrics.text();
      expect(lines).toMatch(/^detour_alerts_waiting\{channel="silent"\} [1-9]/m);
      expect(lines).toMatch(/^detour_alerts_waiting\{channel="duty"\} 0$/m);
    });
  });
});
