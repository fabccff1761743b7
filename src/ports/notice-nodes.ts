import type { EpochMs } from '../lib/time.ts';

/** Where a node asks for the signed snapshot, with `If-None-Match` of what it has; the answer waits for a newer one. */
export const nodeSnapshotPath = '/snapshot';

/** Carries the public key of the snapshot, PEM in base64: a node that knows none yet keeps the first. */
export const nodeKeyHeader = 'detour-snapshot-key';

/** Carries what the node says of itself, JSON. */
export const nodeReportHeader = 'detour-node-report';

/** A question that nothing new answers ends after this long, and is asked again. */
export const longPollMs = 20_000;

/** What a notice node on another host says of itself with every question. */
export interface NodeReport {
  readonly version: string;
  /** Of the snapshot that it serves; null before its first. */
  readonly generation: number | null;
  /** Why it does not serve what it was given last. */
  readonly problem: string | null;
  readonly sessions: number;
  readonly ladder: 'full' | 'small' | 'close';
}

/** A notice node as the controller knows it. */
export interface NoticeNodeView {
  readonly name: string;
  readonly isUp: boolean;
  readonly lastSeenAt?: EpochMs;
  readonly report?: NodeReport;
}
