import { HttpDataPath } from '../../adapters/data-path/http/http-data-path.ts';
import { CommandRunner } from '../../controller/command-runner.ts';
import type { Controller } from '../../controller/controller.ts';
import type { ProbeScheduler } from '../../controller/probe-scheduler.ts';
import type { Incident } from '../../core/incident.ts';
import { errorChain } from '../../lib/errors.ts';
import { userAgent } from '../version.ts';
import { alertersInForce } from './alerters.ts';
import { submitter } from './controller.ts';
import type { Ground } from './ground.ts';
import type { RouterFleet } from './router-fleet.ts';

function incidentRecorder({ store, log }: Ground): (incident: Incident) => void {
  return (incident) => {
    store.put('incident', incident.id, incident).catch((error: unknown) => {
      log.warn(
        { incident: incident.id, err: errorChain(error) },
        'An incident could not be stored',
      );
    });
  };
}

/** Opens what carries out the controller's commands, on routers, on notices and towards people. */
export function openRunner(
  ground: Ground,
  controller: Controller,
  { fleet, scheduler }: { readonly fleet: RouterFleet; readonly scheduler: ProbeScheduler },
): CommandRunner {
  const { clock, key, metrics, publisher, log } = ground;
  return new CommandRunner({
    clock,
    routers: fleet.runners,
    publisher,
    dataPath: new HttpDataPath({ clock, markerKey: key.publicKey, userAgent }),
    alerters: alertersInForce(ground),
    site: (name) => controller.state().config.sites[name],
    probeNow: (names) => scheduler.probeNow(names),
    recordIncident: incidentRecorder(ground),
    submit: submitter(controller, log),
    metrics,
    log,
  });
}
