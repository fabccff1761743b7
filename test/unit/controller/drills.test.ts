import { expect, it } from 'vitest';
import { nodeCronCalendar } from '../../../src/adapters/calendar/node-cron.ts';
import { storedDrill } from '../../../src/app/stored-values.ts';
import { Drills } from '../../../src/controller/drills.ts';
import { drillSite, drillSiteName } from '../../../src/core/drill-site.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openControlMetrics } from '../../../src/metrics/control-metrics.ts';
import { FakeControl, sampleConfig, settle } from '../../fakes/control.ts';
import { MemoryStore } from '../../fakes/memory-store.ts';

const router = 'notice-switch';
const site = drillSiteName(router);
const plan = { router, address: '192.168.80.250', schedule: '0 4 * * 1', timeZone: 'Asia/Seoul' };

it('what a drill left diverted when it was cut off is restored by the controller that comes next', async () => {
  const config = sampleConfig();
  const drill = drillSite(router, { address: plan.address, port: 80 });
  const control = new FakeControl({ ...config, sites: { ...config.sites, [site]: drill } });
  await control.warmUp();
  const order = { type: 'override-set', site, action: 'divert', owner: 'kim' } as const;
  const expiresAt = control.clock.now() + 600_000;
  await control.controller.submit({ ...order, reason: `drill of ${router}`, expiresAt });
  await settle();
  const before = control.controller.state().sites.get(site)?.phase.name;
  const { clock } = control;
  const drills = new Drills({
    plans: () => [plan],
    store: new MemoryStore(clock),
    calendar: nodeCronCalendar,
    clock,
    state: () => control.controller.state(),
    submit: (event) => control.controller.submit(event),
    parse: storedDrill,
    metrics: openControlMetrics(),
    log: silentLog,
  });

  await drills.start();
  await settle();
  drills.stop();

  expect(before).toBe('diverted');
  expect(control.controller.state().sites.get(site)?.override).toMatchObject({ action: 'restore' });
  expect(control.routes.get(router)).toEqual([]);
});
