import type { Alert } from '../core/command.ts';

/** Tells people. At-least-once: receivers drop repeats by the alert's key. Rejects with a DetourError. */
export interface Alerter {
  readonly name: string;
  send(alert: Alert, signal: AbortSignal): Promise<void>;
}
