import { nodeCronCalendar } from '../../adapters/calendar/node-cron.ts';
import type { Settings } from '../../config/settings.ts';
import type { Controller } from '../../controller/controller.ts';
import { Drills } from '../../controller/drills.ts';
import { Limits } from '../../controller/limits.ts';
import { Maintenance } from '../../controller/maintenance.ts';
import { Retention } from '../../controller/retention.ts';
import { Routers } from '../../controller/router-desk.ts';
import { Sites } from '../../controller/sites.ts';
import { SourceBlocks } from '../../controller/source-blocks.ts';
import type { ControlEvent } from '../../core/event.ts';
import { coreConfig } from '../core-config.ts';
import { lookingFrom, neverBlocked } from '../host/open-host.ts';
import {
  storedBlocks,
  storedDrill,
  storedHistory,
  storedSite,
  storedText,
  storedWindow,
} from '../stored-values.ts';
import { submitter } from './controller.ts';
import type { Ground } from './ground.ts';
import type { RouterFleet } from './router-fleet.ts';

/** Where operators register, word, limit and plan things. */
export interface Desks {
  readonly sites: Sites;
  readonly limits: Limits;
  readonly blocks: SourceBlocks;
  readonly maintenance: Maintenance;
  readonly routers: Routers;
  readonly drills: Drills;
}

function openSourceBlocks(
  ground: Ground,
  submit: (event: ControlEvent) => void,
  limits: Limits,
): SourceBlocks {
  const { inForce, store, publisher, notices, clock, log } = ground;
  return new SourceBlocks({
    store,
    publisher,
    local: notices,
    hasNodes: () => inForce.settings.notice.nodes !== undefined,
    limits: () => limits.limits(),
    neverBlocked: () => [...neverBlocked(inForce.settings), ...limits.watchers()],
    parse: storedBlocks,
    submit,
    clock,
    log,
  });
}

/** Begins to take old history out of the store, until the end. */
export function startRetention(
  ground: Ground,
  mayAct: () => boolean,
  ends: AsyncDisposableStack,
): void {
  const { inForce, store, clock, log } = ground;
  const times = (): Settings['retention'] => inForce.settings.retention;
  const calendar = nodeCronCalendar;
  const retention = new Retention({ store, calendar, clock, times, mayAct, log });
  retention.start();
  ends.defer(() => retention.stop());
}

/** Opens the desks; none knows yet what the store keeps. */
export function openDesks(ground: Ground, controller: Controller, fleet: RouterFleet): Desks {
  const { inForce, store, publisher, clock, metrics, log } = ground;
  const state: Controller['state'] = () => controller.state();
  const submit: Controller['submit'] = (event) => controller.submit(event);
  const limits = new Limits(inForce.settings.limits, store, publisher, () =>
    lookingFrom(inForce.settings),
  );
  return {
    sites: new Sites(coreConfig(inForce.settings), {
      store,
      publisher,
      state,
      submit,
      parseSite: storedSite,
      parseText: storedText,
      parseHistory: storedHistory,
      now: Date.now,
      log,
    }),
    limits,
    blocks: openSourceBlocks(ground, submitter(controller, log), limits),
    maintenance: new Maintenance({
      store,
      calendar: nodeCronCalendar,
      clock,
      state,
      submit,
      parse: storedWindow,
      log,
    }),
    drills: new Drills({
      plans: () =>
        inForce.settings.routers.flatMap(({ name: router, drill }) =>
          drill === undefined ? [] : [{ router, ...drill }],
        ),
      store,
      calendar: nodeCronCalendar,
      clock,
      state,
      submit,
      parse: storedDrill,
      metrics,
      log,
    }),
    routers: new Routers(state, fleet.runners, fleet.drivers),
  };
}
