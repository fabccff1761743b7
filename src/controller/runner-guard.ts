import type { Guards } from '../core/guards.ts';
import type { Route, RoutePlan } from '../core/route-plan.ts';
import type { RouterSpec, Site } from '../core/site.ts';
import { familyOf, hostPrefix, hostPrefixAddress, prefixContains } from '../lib/ip.ts';
import { minute } from '../lib/time.ts';

/** What the guard is told about one plan before it may go to a router. */
export interface GuardedPlan {
  readonly router: RouterSpec;
  readonly plan: RoutePlan;
  readonly ledger: readonly string[];
  /** Routes without our mark, as just read. */
  readonly foreign: readonly Route[];
  readonly isOrdered: boolean;
  readonly activeLimit: number;
}

/**
 * The second set of brakes, in code of its own: whatever the core decided, no plan passes
 * that leaves the estate, touches a route outside the ledger, or moves more than the limits allow.
 */
export class RunnerGuard {
  readonly #isIsolated: () => boolean;
  readonly #sites: () => Readonly<Record<string, Site>>;
  readonly #guards: () => Guards;
  readonly #monotonicMs: () => number;
  #added: number[] = [];

  constructor(options: {
    readonly isIsolated: () => boolean;
    readonly sites: () => Readonly<Record<string, Site>>;
    readonly guards: () => Guards;
    readonly monotonicMs: () => number;
  }) {
    this.#isIsolated = options.isIsolated;
    this.#sites = options.sites;
    this.#guards = options.guards;
    this.#monotonicMs = options.monotonicMs;
  }

  /** Says why a plan may not go out, or undefined when it may. */
  refusal(guarded: GuardedPlan): string | undefined {
    return (
      this.#addRefusal(guarded) ?? this.#removeRefusal(guarded) ?? this.#automationRefusal(guarded)
    );
  }

  /** Counts what was sent, for the pace. */
  note(plan: RoutePlan): void {
    const now = this.#monotonicMs();
    this.#added = [...this.#added.filter((at) => now - at < minute), ...plan.add.map(() => now)];
  }

  #addRefusal(guarded: GuardedPlan): string | undefined {
    const addresses = new Set(Object.values(this.#sites()).flatMap((site) => site.addresses));
    for (const route of guarded.plan.add) {
      const problem =
        outsideEstate(guarded.router, route) ??
        wrongTarget(guarded.router, route) ??
        notOurs(addresses, guarded.foreign, route);
      if (problem !== undefined) {
        return `${route.prefix} ${problem}`;
      }
    }
    return undefined;
  }

  #removeRefusal({ router, plan, ledger }: GuardedPlan): string | undefined {
    for (const route of plan.remove) {
      const problem = outsideEstate(router, route);
      if (problem !== undefined) {
        return `${route.prefix} ${problem}`;
      }
      if (!ledger.includes(route.prefix)) {
        return `${route.prefix} is not in the ledger`;
      }
    }
    return undefined;
  }

  #automationRefusal({ plan, isOrdered, activeLimit }: GuardedPlan): string | undefined {
    if (isOrdered) {
      return undefined;
    }
    if (this.#isIsolated()) {
      return 'no reference target answers: our own uplink is in doubt';
    }
    const sites = Object.values(this.#sites());
    const mostAddresses = Math.max(1, ...sites.map((site) => site.addresses.length));
    const most = Math.max(activeLimit, this.#guards().maxActive.count) * mostAddresses;
    const total = plan.add.length + plan.unchanged.length;
    // Removing is never held by a count: fewer diversions than allowed do no harm.
    if (plan.add.length > 0 && total > most) {
      return `${total} diverted routes on one router, at most ${most}`;
    }
    const now = this.#monotonicMs();
    const recent = this.#added.filter((at) => now - at < minute).length;
    // Twice the standing limit in a minute cannot come from decisions within the limits.
    if (recent + plan.add.length > 2 * most) {
      return `${recent + plan.add.length} routes added within a minute, at most ${2 * most}`;
    }
    return undefined;
  }
}

function outsideEstate(router: RouterSpec, route: Route): string | undefined {
  const address = hostPrefixAddress(route.prefix);
  if (address === undefined) {
    return 'is not a host route (/32 or /128)';
  }
  return router.estate.some((prefix) => prefixContains(prefix, address))
    ? undefined
    : `is outside the estate of ${router.name}`;
}

function wrongTarget(router: RouterSpec, route: Route): string | undefined {
  if (route.nextHop !== router.nextHop[familyOf(route.nextHop)]) {
    return `would go to ${route.nextHop}, which is not the next hop of ${router.name}`;
  }
  const isNextHop = Object.values(router.nextHop).some((hop) => hostPrefix(hop) === route.prefix);
  return isNextHop ? 'is a next hop itself' : undefined;
}

function notOurs(
  addresses: ReadonlySet<string>,
  foreign: readonly Route[],
  route: Route,
): string | undefined {
  if (!addresses.has(hostPrefixAddress(route.prefix) ?? '')) {
    return 'is no address of a site';
  }
  return foreign.some(({ prefix }) => prefix === route.prefix)
    ? 'has a route that is not ours'
    : undefined;
}
