import { RouterRunner } from '../../src/controller/router-runner.ts';
import { RunnerGuard } from '../../src/controller/runner-guard.ts';
import { defaultGuards } from '../../src/core/guards.ts';
import type { Route } from '../../src/core/route-plan.ts';
import { hostPrefixAddress } from '../../src/lib/ip.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openControlMetrics } from '../../src/metrics/control-metrics.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RouteDriver } from '../../src/ports/route-driver.ts';
import { sampleSite } from './sample-site.ts';

/** The part of the controller that alone may change a router, with the right to divert one site to one next hop. */
export function openRunner(
  driver: RouteDriver,
  clock: Clock,
  route: Route,
  router = 'edge-1',
): RouterRunner {
  const address = hostPrefixAddress(route.prefix) ?? '';
  return new RouterRunner(router, {
    spec: () => ({ name: router, nextHop: { ipv4: route.nextHop }, estate: [route.prefix] }),
    driver,
    clock,
    guard: new RunnerGuard({
      isIsolated: () => false,
      sites: () => ({ home: sampleSite('home', { addresses: [address] }) }),
      guards: () => defaultGuards,
      monotonicMs: () => clock.monotonicMs(),
    }),
    mayAct: () => true,
    isStillWanted: () => true,
    metrics: openControlMetrics(),
    log: silentLog,
  });
}
