import type { Alert } from '../core/command.ts';

/**
 * Tells people. At-least-once: receivers drop repeats by the alert's key.
 * Rejects with DETOUR_ALERT_FAILED; `retryable` says whether the same alert may get through later.
 */
export interface Alerter {
  readonly name: string;
  /** Set by receivers that forget an alert unless they hear of it again: how often, until it ends. */
  readonly repeatEveryMs?: number;
  send(alert: Alert, signal: AbortSignal): Promise<void>;
}
