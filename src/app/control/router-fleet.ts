import { openRouteDriver } from '../../adapters/routers/registry.ts';
import { openTransport } from '../../adapters/transports/registry.ts';
import type { RouterSettings } from '../../config/settings.ts';
import type { Controller } from '../../controller/controller.ts';
import { RouterRunner } from '../../controller/router-runner.ts';
import { RunnerGuard } from '../../controller/runner-guard.ts';
import type { RouterSpec } from '../../core/site.ts';
import { isStillWanted } from '../../core/sync-routers.ts';
import type { RouteDriver } from '../../ports/route-driver.ts';
import type { Ground } from './ground.ts';
import type { Leadership } from './leadership.ts';

/** Every router with its driver and the one runner that may use it. */
export interface RouterFleet {
  readonly drivers: ReadonlyMap<string, RouteDriver>;
  readonly runners: ReadonlyMap<string, RouterRunner>;
}

/** Opens the driver of one router; nothing is connected before it is first used. */
export function openDriver({ name, driver, transport, options }: RouterSettings): RouteDriver {
  return openRouteDriver(driver, { router: name, transport: openTransport(transport), options });
}

function openGuard({ clock }: Ground, controller: Controller): RunnerGuard {
  return new RunnerGuard({
    isIsolated: () => controller.state().isolation.isIsolated,
    sites: () => controller.state().config.sites,
    guards: () => controller.state().config.guards,
    monotonicMs: () => clock.monotonicMs(),
  });
}

/** Opens every router of the configuration behind one guard. */
export function openFleet(
  ground: Ground,
  controller: Controller,
  leadership: Leadership,
  ends: AsyncDisposableStack,
): RouterFleet {
  const { settings, clock, metrics, log } = ground;
  const guard = openGuard(ground, controller);
  const drivers = new Map(settings.routers.map((router) => [router.name, openDriver(router)]));
  const runners = new Map<string, RouterRunner>();
  for (const [name, driver] of drivers) {
    const runner = new RouterRunner(name, {
      spec: (): RouterSpec | undefined => controller.state().config.routers[name],
      driver,
      clock,
      guard,
      mayAct: (): boolean => controller.state().isLeader && leadership.mayAct(),
      isStillWanted: (command): boolean => isStillWanted(controller.state(), command, clock.now()),
      metrics,
      log,
    });
    runners.set(name, runner);
    ends.defer(() => runner.close());
  }
  return { drivers, runners };
}
