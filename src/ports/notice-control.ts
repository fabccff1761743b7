import type { EpochMs } from '../lib/time.ts';
import type { BlockedSourceDesk, HostStatus } from './host-helper.ts';
import type { NoticeLimits } from './notice-limits.ts';
import type { SiteReadiness } from './site-readiness.ts';

/** What a notice process says of itself: `GET /status` on its control socket. */
export interface NoticeStatus {
  readonly pid: number;
  readonly version: string;
  /** The newest layout of the hand-over folder that it reads. */
  readonly snapshotLayout: number;
  readonly workers: number;
  /** With the real ports. */
  readonly listening: readonly { readonly host: string; readonly port: number }[];
  /** The same for HTTPS. */
  readonly listeningHttps: readonly { readonly host: string; readonly port: number }[];
  /** The snapshot that every worker serves; null before the first. */
  readonly snapshot: { readonly generation: number; readonly writtenAt: EpochMs } | null;
  /** What is wrong with the snapshot on disk while an older one is served; null when nothing is. */
  readonly problem: string | null;
  readonly sessions: { readonly total: number; readonly sites: Readonly<Record<string, number>> };
  /** Visitors of healthy sites that are passed through to their own origins now, and how many bytes since the process began. */
  readonly passed: {
    readonly total: number;
    readonly sites: Readonly<Record<string, number>>;
    readonly bytes: number;
  };
  /** Step of the load ladder; the worst of all workers. */
  readonly ladder: 'full' | 'small' | 'close';
  readonly limits: NoticeLimits;
  /** What the helper of its host says; null when none answers. */
  readonly host: HostStatus | null;
}

/** Speaks to a local notice process. Every method rejects with DETOUR_NOTICE_NOT_LIVE when none answers. */
export interface NoticeControl extends BlockedSourceDesk {
  status(signal: AbortSignal): Promise<NoticeStatus>;
  /** Its metrics in the Prometheus text format, all workers together. */
  metrics(signal: AbortSignal): Promise<string>;
  /** What visitors of each site would get if it were diverted now. */
  readiness(signal: AbortSignal): Promise<readonly SiteReadiness[]>;
  /** Has the snapshot read now; resolves with the status once it is served. Rejects with DETOUR_SNAPSHOT_INVALID when it was refused. */
  refresh(signal: AbortSignal): Promise<NoticeStatus>;
}
