import { openProbers } from '../../adapters/probers/registry.ts';
import type { ReferenceSettings } from '../../config/settings.ts';
import type { Controller } from '../../controller/controller.ts';
import { ProbeScheduler } from '../../controller/probe-scheduler.ts';
import { ReferenceWatch } from '../../controller/reference-watch.ts';
import { StallWatch } from '../../controller/stall-watch.ts';
import type { State } from '../../core/state.ts';
import { userAgent } from '../version.ts';
import { submitter } from './controller.ts';
import type { Ground } from './ground.ts';

/** What looks at the sites, at our own uplink and at our own event loop. */
export interface Observers {
  readonly scheduler: ProbeScheduler;
  /** Takes other reference targets after a reload. */
  replaceReferences(references: readonly ReferenceSettings[]): void;
  /** Begins to look; the sites are those of the controller's state, now and after every event. */
  start(): void;
}

/** Opens the observers; none looks before it is started. */
export function openObservers(
  { inForce, clock, key, metrics, log }: Ground,
  controller: Controller,
  ends: AsyncDisposableStack,
): Observers {
  const probers = openProbers({ clock, markerKey: key.publicKey, userAgent });
  const submit = submitter(controller, log);
  const stalls = new StallWatch({ clock });
  const references = new ReferenceWatch({
    clock,
    prober: probers.tcp,
    references: inForce.settings.references,
    state: (): State => controller.state(),
    emit: submit,
    stalls,
  });
  ends.defer(() => references.stop());
  const scheduler = new ProbeScheduler({
    clock,
    probers,
    stalls,
    metrics,
    random: Math.random,
    onResult: (finished): void => {
      const vantage = inForce.settings.vantages[0] ?? 'local';
      submit({ type: 'probe-finished', vantage, ...finished });
    },
  });
  ends.defer(() => scheduler.stop());
  const watching = ends.use(new DisposableStack());
  return {
    scheduler,
    replaceReferences: (wanted): void => references.replace(wanted),
    start: (): void => {
      stalls.start();
      watching.defer(() => stalls.stop());
      watching.defer(controller.subscribe(() => scheduler.apply(controller.state())));
      scheduler.apply(controller.state());
      references.start();
    },
  };
}
