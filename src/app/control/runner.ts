import { HttpDataPath } from '../../adapters/data-path/http/http-data-path.ts';
import type { AlertDesk } from '../../controller/alert-desk.ts';
import { CommandRunner } from '../../controller/command-runner.ts';
import type { Controller } from '../../controller/controller.ts';
import { IncidentRecorder } from '../../controller/incident-recorder.ts';
import type { ProbeScheduler } from '../../controller/probe-scheduler.ts';
import type { BlockOrder } from '../../controller/source-blocks.ts';
import type { Incident } from '../../core/incident.ts';
import { userAgent } from '../version.ts';
import { submitter } from './controller.ts';
import type { Ground } from './ground.ts';
import type { Leadership } from './leadership.ts';
import { securePorts } from './publisher.ts';
import type { RouterFleet } from './router-fleet.ts';

/** Writes down what this controller meets; what another one leads through is in its own records. */
function openRecorder(
  ground: Ground,
  leadership: Leadership,
  ends: AsyncDisposableStack,
): (incident: Incident) => void {
  const recorder = new IncidentRecorder(ground);
  ends.defer(() => recorder.stop());
  return (incident) => {
    if (!leadership.isAnotherLeading()) {
      recorder.record(incident);
    }
  };
}

/** The parts that commands are carried out by. */
export interface RunnerParts {
  readonly fleet: RouterFleet;
  readonly scheduler: ProbeScheduler;
  readonly leadership: Leadership;
  readonly alertDesk: AlertDesk;
  readonly blockSource: (order: BlockOrder) => void;
}

/** Opens what carries out the controller's commands, on routers, on notices and towards people. */
export function openRunner(
  ground: Ground,
  controller: Controller,
  { fleet, scheduler, leadership, alertDesk, blockSource }: RunnerParts,
  ends: AsyncDisposableStack,
): CommandRunner {
  const { clock, key, metrics, publisher, log } = ground;
  return new CommandRunner({
    clock,
    routers: fleet.runners,
    publisher,
    dataPath: new HttpDataPath({
      clock,
      markerKey: key.publicKey,
      userAgent,
      securePorts: () => securePorts(ground.inForce.settings),
    }),
    alert: (alert) => alertDesk.take(alert),
    site: (name) => controller.state().config.sites[name],
    blockSource,
    probeNow: (names) => scheduler.probeNow(names),
    recordIncident: openRecorder(ground, leadership, ends),
    submit: submitter(controller, log),
    metrics,
    log,
  });
}
