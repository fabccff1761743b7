import { nodeCronCalendar } from '../../adapters/calendar/node-cron.ts';
import type { Controller } from '../../controller/controller.ts';
import { Drills } from '../../controller/drills.ts';
import { Limits } from '../../controller/limits.ts';
import { Maintenance } from '../../controller/maintenance.ts';
import { Routers } from '../../controller/router-desk.ts';
import { Sites } from '../../controller/sites.ts';
import { coreConfig } from '../core-config.ts';
import {
  storedDrill,
  storedHistory,
  storedSite,
  storedText,
  storedWindow,
} from '../stored-values.ts';
import type { Ground } from './ground.ts';
import type { RouterFleet } from './router-fleet.ts';

/** Where operators register, word, limit and plan things. */
export interface Desks {
  readonly sites: Sites;
  readonly limits: Limits;
  readonly maintenance: Maintenance;
  readonly routers: Routers;
  readonly drills: Drills;
}

/** Opens the desks; none knows yet what the store keeps. */
export function openDesks(ground: Ground, controller: Controller, fleet: RouterFleet): Desks {
  const { inForce, store, publisher, clock, metrics, log } = ground;
  const state: Controller['state'] = () => controller.state();
  const submit: Controller['submit'] = (event) => controller.submit(event);
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
    limits: new Limits(inForce.settings.limits, store, publisher),
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
