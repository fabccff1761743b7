import type { FastifyInstance } from 'fastify';
import type { ReloadResult } from '../api/http/options.ts';
import type { Settings } from '../config/settings.ts';
import type { AlertDesk } from '../controller/alert-desk.ts';
import type { CommandRunner } from '../controller/command-runner.ts';
import type { Controller } from '../controller/controller.ts';
import { Reconciler } from '../controller/reconciler.ts';
import type { Log } from '../lib/log.ts';
import type { CommandLine } from './command-line.ts';
import { openAdmin, reachableUrl } from './control/admin.ts';
import { openAlertDesk } from './control/alerters.ts';
import { startCertificates } from './control/certificates.ts';
import { openController, submitter } from './control/controller.ts';
import { type Desks, openDesks, startRetention } from './control/desks.ts';
import { type Ground, openGround } from './control/ground.ts';
import { Health } from './control/health.ts';
import { tellInsecure } from './control/insecure-routers.ts';
import { type Leadership, openLeadership } from './control/leadership.ts';
import { openNodeFeed } from './control/node-feed.ts';
import { openObservers } from './control/observers.ts';
import { openOriginWatch } from './control/origin-hosts.ts';
import { openPins, withPins } from './control/pins.ts';
import { Reload, type Reloaded } from './control/reload.ts';
import { RouterFleet } from './control/router-fleet.ts';
import { openRunner } from './control/runner.ts';
import { inspectFor } from './load-settings.ts';
import { withNoticeProblems } from './notice-problems.ts';
import { storedLimits } from './stored-values.ts';

/** Everything that stands when the control plane runs. */
export interface ControlPlane extends AsyncDisposable {
  readonly controller: Controller;
  readonly api: FastifyInstance;
  readonly adminUrl: string;
  readonly reload: () => Promise<ReloadResult>;
}

function openHealth({ clock, notices }: Ground, leadership: Leadership): Health {
  return new Health({
    clock,
    notices,
    isLeaseOutOfReach: () => leadership.isShared && !leadership.isStoreUp(),
  });
}

function openReconciler(
  { clock }: Ground,
  controller: Controller,
  runner: CommandRunner,
): Reconciler {
  return new Reconciler({
    clock,
    read: (router) => runner.readRouter(router),
    isReadable: (router) => controller.state().routers[router]?.isReadable === true,
  });
}

/** Notices first, then the core: nothing is decided for a site whose notice is not known. */
async function takeUp(
  { log }: Ground,
  { controller, alertDesk }: { readonly controller: Controller; readonly alertDesk: AlertDesk },
  { sites, limits, blocks, maintenance, drills }: Desks,
): Promise<void> {
  await alertDesk.load();
  await sites.load();
  await sites.registerAll();
  await limits.load(storedLimits, log);
  await blocks.load();
  await controller.submit({ type: 'started' });
  await sites.apply();
  await maintenance.start();
  await drills.start();
}

/** Takes over what other controllers wrote while this one stood by. */
async function refresh(
  { log }: Ground,
  alertDesk: AlertDesk,
  { sites, limits, blocks, maintenance, drills }: Desks,
): Promise<void> {
  await alertDesk.load();
  const isChanged = await sites.load();
  await limits.load(storedLimits, log);
  await blocks.load();
  await maintenance.load();
  await drills.load();
  if (isChanged) {
    await sites.apply();
  }
}

function openReload(ground: Ground, parts: Reloaded, commandLine: CommandLine): Reload {
  const { file } = ground.settings;
  return new Reload(ground, parts, () => withNoticeProblems(inspectFor(file, commandLine)));
}

/** Starts probing, deciding and answering; resolves when the API listens. Whatever fails to start ends what had started. */
export async function startControlPlane(
  settings: Settings,
  log: Log,
  commandLine: CommandLine = {},
): Promise<ControlPlane> {
  await using ends = new AsyncDisposableStack();
  const ground = await openGround(settings, log, ends);
  const pins = openPins(ground, {
    onNews: (news) => submitter(controller, log)({ type: 'names-compared', ...news }),
    onOpen: () => void reload.repin(),
  });
  ends.defer(() => pins.stop());
  ground.inForce.replace(await withPins(settings, pins));
  pins.adopt();
  const leadership = openLeadership(ground, {
    controller: () => controller,
    refresh: () => refresh(ground, alertDesk, desks),
    adminUrl: () => reachableUrl(ground.inForce.settings, admin.adminUrl),
  });
  const health = ends.use(openHealth(ground, leadership));
  const alertDesk = ends.use(openAlertDesk(ground, leadership, () => controller));
  const controller = openController(ground, { leadership, health }, (command) =>
    runner.run(command),
  );
  const fleet = ends.use(new RouterFleet(ground, controller, leadership));
  fleet.raise(settings.routers);
  const observers = openObservers(ground, controller, ends);
  const runner = openRunner(
    ground,
    controller,
    {
      fleet,
      scheduler: observers.scheduler,
      leadership,
      alertDesk,
      blockSource: (order) => void desks.blocks.follow(order),
    },
    ends,
  );
  const reconciler = openReconciler(ground, controller, runner);
  ends.defer(() => reconciler.stop());
  const desks = openDesks(ground, controller, fleet);
  ends.defer(() => desks.maintenance.stop());
  ends.defer(() => desks.drills.stop());
  await takeUp(ground, { controller, alertDesk }, desks);
  tellInsecure(settings.routers, submitter(controller, log), log);
  controller.start();
  alertDesk.start();
  ends.defer(() => controller.stop());
  observers.start();
  ends.use(openOriginWatch(ground, controller)).start();
  const nodeFeed = await openNodeFeed(ground, () => controller, ends);
  startRetention(ground, () => leadership.mayAct(), ends);
  startCertificates(ground, controller, alertDesk, ends);
  await health.start();
  reconciler.watch([...fleet.drivers.keys()]);
  const parts = { controller, fleet, observers, reconciler, desks, pins };
  const reload = openReload(ground, parts, commandLine);
  const again = (): Promise<ReloadResult> => reload.run();
  const beside = { desks, leadership, health, nodeFeed, reload: again };
  const admin = await openAdmin(ground, controller, beside);
  ends.defer(() => admin.api.close());
  ends.use(leadership);
  await leadership.start();
  pins.start();
  const kept = ends.move();
  return { controller, ...admin, reload: again, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
