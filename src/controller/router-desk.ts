import { desiredRoutes } from '../core/desired-routes.ts';
import { planRoutes } from '../core/route-plan.ts';
import type { State } from '../core/state.ts';
import { errorChain } from '../lib/errors.ts';
import type { RouteDriver } from '../ports/route-driver.ts';
import type { RouterDesk, RouterView } from './control.ts';
import type { RouterRunner } from './router-runner.ts';

/** Shows routers as they are now, and what Detour would send them. */
export class Routers implements RouterDesk {
  readonly #state: () => State;
  readonly #runners: ReadonlyMap<string, RouterRunner>;
  readonly #drivers: ReadonlyMap<string, RouteDriver>;

  constructor(
    state: () => State,
    runners: ReadonlyMap<string, RouterRunner>,
    drivers: ReadonlyMap<string, RouteDriver>,
  ) {
    this.#state = state;
    this.#runners = runners;
    this.#drivers = drivers;
  }

  async view(router: string, _: AbortSignal, insists: boolean): Promise<RouterView> {
    const driver = this.#drivers.get(router);
    try {
      const reading = await this.#runners.get(router)?.look(insists);
      if (reading === undefined || driver === undefined) {
        return { router, lines: [], error: `there is no router ${router}` };
      }
      const ledger = new Set(this.#state().routers[router]?.ledger);
      const desired = desiredRoutes(this.#state(), router);
      const ours = reading.owned.filter(
        ({ prefix }) => ledger.has(prefix) || desired.some((route) => route.prefix === prefix),
      );
      const plan = planRoutes(ours, desired);
      return { router, reading, plan, lines: driver.lines(plan) };
    } catch (error) {
      return { router, lines: [], error: errorChain(error) };
    }
  }
}
