import { type Route, type RoutePlan, routeKey } from '../core/route-plan.ts';
import { DetourError, errorChain } from '../lib/errors.ts';
import { second } from '../lib/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { RouteDriver } from '../ports/route-driver.ts';

/** What a router is to take back by itself when nobody renews it, as the core has it now. */
export interface WantedLease {
  readonly routes: readonly Route[];
  readonly forMs: number;
  /** The router says that it holds a lease, of whoever. */
  readonly isHeld: boolean;
  /** What the router took back by itself has been read and decided about. */
  readonly isLapseKnown: boolean;
}

interface RouterLeaseOptions {
  readonly driver: RouteDriver;
  readonly clock: Clock;
  /** Undefined while nothing is known of the router. */
  readonly wanted: () => WantedLease | undefined;
  readonly mayAct: () => boolean;
  readonly term?: () => number | undefined;
  readonly onRenewed: (lease: { readonly routes: number; readonly untilMs: number }) => void;
  readonly onFailed: (message: string) => void;
}

/** A lease is renewed when this share of it is over: two renewals may fail, or this process stand still as long, before it lapses. */
const renewAtShare = 1 / 3;

/** A renewal that failed is tried again after this long, or a sixth of the lease where that is shorter. */
const retryMs = 10 * second;

/**
 * The lease of the routes on one router: one for all of them, however many, so that a renewal is one command.
 * It is kept on the router; what this process remembers of it only tells when it is due.
 */
export class RouterLease {
  readonly #router: string;
  readonly #options: RouterLeaseOptions;
  /** What the router was last told by this process in the present lead, and when. */
  #told: { readonly key: string; readonly atMs: number } | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(router: string, options: RouterLeaseOptions) {
    this.#router = router;
    this.#options = options;
  }

  /** True when the router is to be told now: a renewal is due, or something else is to be leased than it was told. */
  isDue(): boolean {
    const { driver, clock, mayAct, wanted } = this.#options;
    if (!mayAct()) {
      // Whoever leads meanwhile tells the router something else.
      this.#told = undefined;
      return false;
    }
    const want = wanted();
    const nowMs = clock.monotonicMs();
    if (driver.leaseRoutes === undefined || want === undefined || nowMs < this.#notBeforeMs) {
      return false;
    }
    if (this.#told === undefined) {
      return want.routes.length > 0 || want.isHeld || want.isLapseKnown;
    }
    const isOver = nowMs - this.#told.atMs >= want.forMs * renewAtShare;
    return (
      this.#told.key !== keyOf(want.routes) ||
      want.isLapseKnown ||
      (want.routes.length > 0 && isOver)
    );
  }

  /** True when a plan adds a route that must not stand without a lease. */
  isNeededBy({ add }: RoutePlan): boolean {
    const leased = new Set(this.#options.wanted()?.routes.map(routeKey));
    return add.some((route) => leased.has(routeKey(route)));
  }

  /** Tells the router until when it keeps the routes of the sites that fall back. */
  async renew(signal: AbortSignal): Promise<void> {
    const { driver, clock, mayAct, term } = this.#options;
    const want = this.#options.wanted();
    if (driver.leaseRoutes === undefined || want === undefined) {
      throw new DetourError(`${this.#router} cannot be told of leases`, {
        code: 'DETOUR_GUARD_REFUSED',
      });
    }
    if (!mayAct()) {
      throw new DetourError(`This controller may not renew the leases on ${this.#router}`, {
        code: 'DETOUR_NOT_LEADER',
      });
    }
    // Counted from before the request: a slow answer never makes a lease look longer than the router holds it.
    const atMs = clock.monotonicMs();
    const untilMs = clock.now() + want.forMs;
    const { routes, forMs, isLapseKnown } = want;
    const own = term?.();
    const signed = own === undefined ? {} : { term: own };
    try {
      await driver.leaseRoutes({ routes, forMs, isLapseKnown, ...signed }, signal);
    } catch (error) {
      this.#notBeforeMs = clock.monotonicMs() + Math.min(retryMs, forMs / 6);
      this.#options.onFailed(errorChain(error));
      throw error;
    }
    this.#told = { key: keyOf(routes), atMs };
    this.#options.onRenewed({ routes: routes.length, untilMs });
  }
}

function keyOf(routes: readonly Route[]): string {
  return routes.map(routeKey).toSorted().join();
}
