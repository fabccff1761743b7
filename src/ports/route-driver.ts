import type { RoutePlan, RouterReading } from '../core/route-plan.ts';

/** Installs diversion routes on one router. Every method rejects with a DetourError. */
export interface RouteDriver extends AsyncDisposable {
  /** Reads what the router has now: routes with our mark, and foreign static host routes. Changes nothing. */
  read(signal: AbortSignal): Promise<RouterReading>;
  /**
   * Applies a plan, as one commit where the device has commits; removals before additions. Safe to repeat after an error.
   * A rejection that is `retryable` or a time-out means "unknown": the caller reads before it does anything else.
   */
  apply(plan: RoutePlan, signal: AbortSignal): Promise<void>;
  /** The exact lines `apply` would send, for `detour plan`, the audit and the incident. */
  lines(plan: RoutePlan): readonly string[];
}
