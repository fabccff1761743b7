import type { EpochMs } from '../lib/time.ts';

/** Where a node asks for the signed snapshot, with `If-None-Match` of what it has; the answer waits for a newer one. */
export const nodeSnapshotPath = '/snapshot';

/** Where a node asks for the parts that it lacks: their digests as a JSON list, and the bytes come back in that order. */
export const nodePartsPath = '/snapshot/parts';

/** Says that a node takes parts: a controller of an earlier version gives one that does not the snapshot whole. */
export const nodeTakesHeader = 'detour-node-takes';
export const takesParts = 'parts';

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
  /** When the snapshot that it serves was written; a node of an earlier version does not say. */
  readonly writtenAt?: EpochMs | null | undefined;
  /** How its own certificates and notices stand; a node that has just started, or of an earlier version, does not say. */
  readonly readiness?: NodeReadiness | undefined;
}

/** What a node would show visitors, in few enough words for a header. */
export interface NodeReadiness {
  readonly sites: number;
  /** Sites that would get a wrong certificate, or no notice in some language. */
  readonly notReady: number;
  /** Some of them by name, at most `maxNamedSites`. */
  readonly named: readonly string[];
  /** When the first of its certificates ends; null where it has none. */
  readonly certificateEndsAt: EpochMs | null;
}

/** Sites that are not ready which a node names. */
export const maxNamedSites = 10;

/** A notice node as the controller knows it. */
export interface NoticeNodeView {
  readonly name: string;
  readonly isUp: boolean;
  /** True when it has taken what the controller hands out now. */
  readonly isCurrent: boolean;
  readonly lastSeenAt?: EpochMs;
  readonly report?: NodeReport;
}
