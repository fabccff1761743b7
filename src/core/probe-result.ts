import type { EpochMs } from '../lib/time.ts';

export const probeOutcomes = ['pass', 'fail', 'inconclusive'] as const;
export type ProbeOutcome = (typeof probeOutcomes)[number];

/**
 * Why a probe ended as it did: a closed set, used as a metric label.
 * `own-notice`, `stalled`, `local-error` and `cancelled` are always inconclusive: they say something about us, not about the site.
 */
export const probeReasons = [
  'ok',
  'refused',
  'unreachable',
  'connect-timeout',
  'reset',
  'tls-failed',
  'tls-timeout',
  'response-timeout',
  'body-timeout',
  'bad-response',
  'status',
  'body-mismatch',
  'redirect-elsewhere',
  'not-passed',
  'own-notice',
  'stalled',
  'local-error',
  'cancelled',
] as const;
export type ProbeReason = (typeof probeReasons)[number];

/** Milliseconds spent in each phase; a phase that was not reached is absent. */
export interface ProbePhases {
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  readonly transferMs?: number;
}

/** What a valid marker on an answer says: it is ours, for this site and generation. */
export interface Marker {
  readonly site: string;
  readonly generation: number;
}

/** The result of one probe: a value, never an exception. */
export interface ProbeResult {
  readonly outcome: ProbeOutcome;
  readonly reason: ProbeReason;
  readonly startedAt: EpochMs;
  readonly latencyMs: number;
  readonly phases: ProbePhases;
  /** HTTP status, when an answer came. */
  readonly status?: number;
  /** Days until the served certificate ends, for https; may be negative. */
  readonly certificateDaysLeft?: number;
  /** Set when the answer carried our own marker. */
  readonly marker?: Marker;
  /** One line for a person: what was seen. Never a body, never a secret. */
  readonly detail?: string;
}

/** Over which path a probe went: the site's own address, or the path that reaches the origin while diverted. */
export type ProbePath = 'address' | 'origin';
