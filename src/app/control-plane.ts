import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { openLogAlerter } from '../adapters/alerters/log/alerter.ts';
import { openWebhook } from '../adapters/alerters/webhook/alerter.ts';
import { nodeCronCalendar } from '../adapters/calendar/node-cron.ts';
import { openSystemClock } from '../adapters/clock/system-clock.ts';
import { HttpDataPath } from '../adapters/data-path/http/http-data-path.ts';
import { openSqliteJournal } from '../adapters/journal/sqlite/sqlite-journal.ts';
import { openProbers } from '../adapters/probers/registry.ts';
import { openNoticeClient } from '../adapters/publishers/notice-client.ts';
import { openNoticeLiveness } from '../adapters/publishers/notice-liveness.ts';
import { openSnapshotPublisher } from '../adapters/publishers/snapshot/publisher.ts';
import { openSigningKey, type SigningKey } from '../adapters/publishers/snapshot/signing-key.ts';
import { openRouteDriver } from '../adapters/routers/registry.ts';
import { openSqliteStore } from '../adapters/stores/sqlite/sqlite-store.ts';
import { openTransport } from '../adapters/transports/registry.ts';
import type { ReloadResult } from '../api/http/options.ts';
import type { ListenAddress, Settings } from '../config/settings.ts';
import { CommandRunner } from '../controller/command-runner.ts';
import { Controller } from '../controller/controller.ts';
import { Limits } from '../controller/limits.ts';
import { Maintenance } from '../controller/maintenance.ts';
import { observeState } from '../controller/observe-metrics.ts';
import { ProbeScheduler } from '../controller/probe-scheduler.ts';
import { Reconciler } from '../controller/reconciler.ts';
import { ReferenceWatch } from '../controller/reference-watch.ts';
import { Routers } from '../controller/router-desk.ts';
import { RouterRunner } from '../controller/router-runner.ts';
import { RunnerGuard } from '../controller/runner-guard.ts';
import { Sites } from '../controller/sites.ts';
import { StallWatch } from '../controller/stall-watch.ts';
import type { ControlEvent } from '../core/event.ts';
import { initialState, withDurable } from '../core/initial-state.ts';
import { isStillWanted } from '../core/sync-routers.ts';
import { DetourError, errorChain } from '../lib/errors.ts';
import { familyOf } from '../lib/ip.ts';
import type { Log } from '../lib/log.ts';
import { type ControlMetrics, openControlMetrics } from '../metrics/control-metrics.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { NoticeControl } from '../ports/notice-control.ts';
import type { NoticePublisher } from '../ports/notice-publisher.ts';
import type { RouteDriver } from '../ports/route-driver.ts';
import type { Store } from '../ports/store.ts';
import { openAdmin } from './admin.ts';
import { coreConfig } from './core-config.ts';
import { storedLimits, storedSite, storedText, storedWindow } from './stored-values.ts';
import { userAgent } from './version.ts';

/** Everything that stands when the control plane runs. */
export interface ControlPlane extends AsyncDisposable {
  readonly controller: Controller;
  readonly api: FastifyInstance;
  readonly adminUrl: string;
  readonly reload: () => Promise<ReloadResult>;
}

/** The parts that the rest is built on; they end in the reverse order. */
export interface Ground {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ControlMetrics;
  readonly key: SigningKey;
  readonly journal: Journal;
  readonly store: Store;
  readonly notices: NoticeControl;
  readonly publisher: NoticePublisher;
}

async function openGround(
  settings: Settings,
  log: Log,
  ends: AsyncDisposableStack,
): Promise<Ground> {
  if (settings.store.type === 'mongodb') {
    throw new DetourError('The MongoDB store is not part of this version; write store: sqlite:…', {
      code: 'DETOUR_STORE_UNAVAILABLE',
    });
  }
  const { dataFolder, notice } = settings;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const clock = openSystemClock();
  const key = await openSigningKey(path.join(dataFolder, 'keys'));
  const { file } = settings.store;
  const checkpoint = { file: `${file}.checkpoint`, privateKey: key.privateKey, clock, log };
  const journal = ends.use(openSqliteJournal({ file, checkpoint }));
  const store = ends.use(openSqliteStore({ file, clock, isOwned: true }));
  const notices = openNoticeClient(path.join(notice.handover, 'notice.sock'));
  const publisher = ends.use(
    await openSnapshotPublisher({
      folder: notice.handover,
      key,
      limits: settings.limits,
      defaultLanguage: notice.defaultLanguage,
      now: Date.now,
      log,
      isLive: openNoticeLiveness({
        listeners: () => noticeListeners(settings),
        publicKey: key.publicKey,
      }),
      poke: async () => {
        await notices.refresh(AbortSignal.timeout(1_000));
      },
      ...(notice.templates === undefined ? {} : { templates: notice.templates }),
    }),
  );
  return {
    settings,
    clock,
    log,
    metrics: openControlMetrics(),
    key,
    journal,
    store,
    notices,
    publisher,
  };
}

/**
 * Where a notice must answer before a route may move: on a listener's own address or,
 * where it listens on every address, at the next hops to which the routers will send the visitors.
 */
function noticeListeners({ notice, routers }: Settings): readonly ListenAddress[] {
  const hops = [...new Set(routers.flatMap(({ nextHop }) => Object.values(nextHop)))];
  const found = notice.http.flatMap(({ host, port }) => {
    if (host !== '0.0.0.0' && host !== '::') {
      return [{ host, port }];
    }
    const fitting = hops.filter((hop) => host === '::' || familyOf(hop) === 'ipv4');
    return fitting.map((hop) => ({ host: hop, port }));
  });
  return found.length > 0 ? found : notice.http.map(({ port }) => ({ host: '127.0.0.1', port }));
}

function openDrivers(settings: Settings): ReadonlyMap<string, RouteDriver> {
  return new Map(
    settings.routers.map(({ name, driver, transport, options }) => [
      name,
      openRouteDriver(driver, { router: name, transport: openTransport(transport), options }),
    ]),
  );
}

function submitter(controller: () => Controller, log: Log): (event: ControlEvent) => void {
  return (event) => {
    controller()
      .submit(event)
      .catch((error: unknown) => {
        log.debug({ event: event.type, err: errorChain(error) }, 'Event not taken');
      });
  };
}

function openController(
  ground: Ground,
  run: ConstructorParameters<typeof Controller>[0]['run'],
): Controller {
  const { settings, clock, journal, log, metrics } = ground;
  const now = clock.now();
  const initial = withDurable(initialState(coreConfig(settings), now), journal.load(), now);
  observeState(
    metrics,
    { ...initial, sites: {}, brakes: initial.brakes, routers: {} },
    initial,
    [],
  );
  return new Controller({
    initial,
    clock,
    journal,
    log,
    run,
    observe: (before, after, audit) => {
      observeState(metrics, before, after, audit);
      for (const { reason, site, router, actor, text } of audit) {
        log.info({ reason, site, router, actor, text }, 'Decided');
      }
    },
    onJournal: (isUp) => metrics.journalUp.set(isUp ? 1 : 0),
  });
}

/** Starts probing, deciding and answering; resolves when the API listens. Whatever fails to start ends what had started. */
export async function startControlPlane(settings: Settings, log: Log): Promise<ControlPlane> {
  await using ends = new AsyncDisposableStack();
  const ground = await openGround(settings, log, ends);
  const { clock, metrics, store, publisher, key } = ground;
  metrics.storeUp.set(1);
  metrics.journalUp.set(1);
  metrics.configReload.set(1);
  const probers = openProbers({ clock, markerKey: key.publicKey, userAgent });
  const stalls = new StallWatch({ clock });
  const drivers = openDrivers(settings);
  const runners = new Map<string, RouterRunner>();
  const submit = submitter(() => controller, log);
  const runner = new CommandRunner({
    clock,
    routers: runners,
    publisher,
    dataPath: new HttpDataPath({ clock, markerKey: key.publicKey, userAgent }),
    alerters: [openLogAlerter(log), ...settings.alerts.map((alert) => openWebhook(alert))],
    site: (name) => controller.state().config.sites[name],
    probeNow: (names) => scheduler.probeNow(names),
    recordIncident: (incident) => {
      store.put('incident', incident.id, incident).catch((error: unknown) => {
        log.warn(
          { incident: incident.id, err: errorChain(error) },
          'An incident could not be stored',
        );
      });
    },
    submit,
    metrics,
    log,
  });
  const controller = openController(ground, (command) => runner.run(command));
  const references = new ReferenceWatch({
    clock,
    prober: probers.tcp,
    references: settings.references,
    state: () => controller.state(),
    emit: submit,
    stalls,
  });
  const guard = new RunnerGuard({
    isIsolated: () => controller.state().isolation.isIsolated,
    sites: () => controller.state().config.sites,
    guards: () => controller.state().config.guards,
    monotonicMs: () => clock.monotonicMs(),
  });
  for (const [name, driver] of drivers) {
    const router = new RouterRunner(name, {
      spec: () => controller.state().config.routers[name],
      driver,
      clock,
      guard,
      mayAct: () => controller.state().isLeader,
      isStillWanted: (command) => isStillWanted(controller.state(), command, clock.now()),
      metrics,
      log,
    });
    runners.set(name, router);
    ends.defer(() => router.close());
  }
  const scheduler = new ProbeScheduler({
    clock,
    probers,
    stalls,
    metrics,
    random: Math.random,
    onResult: ({ site, probe, address, path: via, result }) => {
      submit({
        type: 'probe-finished',
        site,
        probe,
        address,
        vantage: settings.vantages[0] ?? 'local',
        path: via,
        result,
      });
    },
  });
  ends.defer(() => scheduler.stop());
  ends.defer(() => references.stop());
  const reconciler = new Reconciler({
    clock,
    read: (router) => runner.readRouter(router),
    isReadable: (router) => controller.state().routers[router]?.isReadable === true,
  });
  ends.defer(() => reconciler.stop());
  const sites = new Sites(coreConfig(settings), {
    store,
    publisher,
    state: () => controller.state(),
    submit: (event) => controller.submit(event),
    parseSite: storedSite,
    parseText: storedText,
    now: Date.now,
    log,
  });
  const limits = new Limits(settings.limits, store, publisher);
  const maintenance = new Maintenance({
    store,
    calendar: nodeCronCalendar,
    clock,
    state: () => controller.state(),
    submit: (event) => controller.submit(event),
    parse: storedWindow,
    log,
  });
  await sites.load();
  await publisher.register(Object.values(sites.config().sites), {});
  await limits.load(storedLimits, log);
  await controller.submit({ type: 'started' });
  await sites.apply();
  await maintenance.start();
  ends.defer(() => maintenance.stop());
  controller.start();
  ends.defer(() => controller.stop());
  stalls.start();
  ends.defer(() => stalls.stop());
  const unwatch = controller.subscribe(() => scheduler.apply(controller.state()));
  ends.defer(unwatch);
  scheduler.apply(controller.state());
  references.start();
  reconciler.watch([...drivers.keys()]);
  const routers = new Routers(() => controller.state(), runners, drivers);
  const admin = await openAdmin(ground, { controller, sites, limits, maintenance, routers });
  ends.defer(() => admin.api.close());
  const kept = ends.move();
  return { controller, ...admin, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
