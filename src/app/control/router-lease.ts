import type { Controller } from '../../controller/controller.ts';
import { RouterLease, type WantedLease } from '../../controller/router-lease.ts';
import type { ControlEvent } from '../../core/event.ts';
import { leasedRoutes } from '../../core/leased-routes.ts';
import type { State } from '../../core/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RouteDriver } from '../../ports/route-driver.ts';

interface LeaseSurroundings {
  readonly clock: Clock;
  readonly controller: Controller;
  readonly mayAct: () => boolean;
  readonly term: () => number | undefined;
  readonly submit: (event: ControlEvent) => void;
}

/** What is read of a router comes first: a lease that has lapsed must be seen before another takes its place. */
function wantedLease(state: State, router: string): WantedLease | undefined {
  const known = state.routers[router];
  return known?.readAt === undefined
    ? undefined
    : {
        routes: leasedRoutes(state, router),
        forMs: state.config.guards.routeLeaseMs,
        isHeld: known.holdsLease === true,
        isLapseKnown: known.lapsed !== undefined,
      };
}

/** The lease of one router, as the core wants it; what becomes of it is told to the core. */
export function openRouterLease(
  router: string,
  driver: RouteDriver,
  { clock, controller, mayAct, term, submit }: LeaseSurroundings,
): RouterLease {
  return new RouterLease(router, {
    driver,
    clock,
    wanted: () => wantedLease(controller.state(), router),
    mayAct,
    term,
    onRenewed: ({ routes, untilMs }) =>
      submit({ type: 'route-lease-renewed', router, routes, until: untilMs }),
    onFailed: (message) => submit({ type: 'route-lease-failed', router, message }),
  });
}
