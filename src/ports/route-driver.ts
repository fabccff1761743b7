import type { Route, RoutePlan, RouterReading } from '../core/route-plan.ts';

/** Installs diversion routes on one router. Every method rejects with a DetourError. */
export interface RouteDriver extends AsyncDisposable {
  /** Reads what the router has now: routes with our mark, and foreign static host routes. Changes nothing. */
  read(signal: AbortSignal): Promise<RouterReading>;
  /**
   * Applies a plan for good, as one commit where the device has commits; removals before additions. Safe to repeat after an error.
   * A rejection that is `retryable` or a time-out means "unknown": the caller reads before it does anything else.
   */
  apply(plan: RoutePlan, signal: AbortSignal): Promise<void>;
  /**
   * Applies a plan so that the device takes it back by itself unless it is confirmed within about `undoAfterMs`.
   * Only drivers of devices that may be able to do this have it; undefined says that this one is not, and that the plan
   * was applied for good. At most one change stands unconfirmed on a router: with an earlier one pending it rejects
   * with DETOUR_ROUTER_LOCKED. Rejections mean the same as those of `apply`.
   */
  applyUnconfirmed?(
    plan: RoutePlan,
    undoAfterMs: number,
    signal: AbortSignal,
  ): Promise<UnconfirmedChange | undefined>;
  /**
   * Has the router take these routes back by itself unless it is told again in time; what it was told before no longer counts,
   * and no routes at all end the lease. It needs nothing of this process, and changes no route now. Only drivers whose device
   * can do this have it. Rejects with DETOUR_ROUTE_LEASE_LAPSED when the lease before has run out and the caller does not
   * know: then it must read first.
   */
  leaseRoutes?(lease: RouteLease, signal: AbortSignal): Promise<void>;
  /** The exact lines that a change would send, for `detour plan`, the audit and the incident. */
  lines(plan: RoutePlan): readonly string[];
}

/** Routes that the router is to take back by itself when their time is over. */
export interface RouteLease {
  readonly routes: readonly Route[];
  /** Counted from when the router takes it; whole seconds, rounded up. */
  readonly forMs: number;
  readonly term?: number;
  /** The caller has read what a lapsed lease took back, and its mark may go. */
  readonly isLapseKnown: boolean;
}

/**
 * A change that stands on a router, and that the router itself takes back unless somebody confirms it in time.
 * It needs nothing of the process that made it: when that process dies, the router goes back.
 */
export interface UnconfirmedChange {
  /** How long the router waits, counted from when it took the change; devices that count whole minutes round up. */
  readonly undoAfterMs: number;
  /** Makes the change stay. Rejects with DETOUR_ROUTER_CHANGE_UNDONE when the router has taken it back already. */
  confirm(signal: AbortSignal): Promise<void>;
  /** Takes the change back now. Harmless when the router has done so already. */
  cancel(signal: AbortSignal): Promise<void>;
}
