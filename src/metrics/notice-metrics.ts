import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { processMetrics } from './process-metrics.ts';

/** Why the notice plane turned a connection or request away: a closed set. */
export const refusalReasons = [
  'sessions',
  'rate',
  'site-sessions',
  'site-rate',
  'site-share',
  'passed-sessions',
  'site-passed-sessions',
  'source-sessions',
  'source-rate',
  'overload',
  'header-timeout',
  'idle-timeout',
  'stalled-reader',
  'bad-request',
  'handshake-timeout',
  'handshake-failed',
  'unknown-name',
  'misdirected',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/**
 * How connections that are passed through to healthy origins end: taken and over, cut for want of a byte, cut by either
 * side, cut as the site is to show a notice again; stopped before a request that is for somebody else or is none; or the
 * origin did not take them, did not answer in time, or stands where they would come back.
 */
export const passEndings = [
  'over',
  'idle',
  'reset',
  'moved',
  'misdirected',
  'bad-request',
  'origin-refused',
  'origin-timeout',
  'origin-loop',
] as const;
export type PassEnding = (typeof passEndings)[number];

export const requestSecondsName = 'detour_notice_request_seconds';

/** The server counts by these itself: see BucketCounts. */
export const requestSecondsBuckets: readonly number[] = [
  0.0001, 0.0005, 0.002, 0.01, 0.05, 0.25, 1,
];

/** Metrics of the notice plane. `site` is a registered site or `other`; never what a visitor sent. */
export function openNoticeMetrics(registry = new Registry()) {
  const registers = [registry];
  return {
    registry,
    ...processMetrics(registry),
    requests: new Counter({
      name: 'detour_notice_requests_total',
      help: 'Requests answered by the notice plane.',
      labelNames: ['site', 'code'] as const,
      registers,
    }),
    requestSeconds: new Histogram({
      name: requestSecondsName,
      help: 'From a whole request head to its answer handed to the kernel.',
      buckets: [...requestSecondsBuckets],
      registers,
    }),
    sessions: new Gauge({
      name: 'detour_notice_sessions',
      help: 'Open connections by site; `other` before the site is known.',
      labelNames: ['site'] as const,
      registers,
    }),
    passedSessions: new Gauge({
      name: 'detour_notice_passed_sessions',
      help: 'Open connections that are passed through to the origins of healthy sites.',
      labelNames: ['site'] as const,
      registers,
    }),
    passed: new Counter({
      name: 'detour_notice_passed_total',
      help: 'Connections to pass through to the origins of healthy sites, by how they ended.',
      labelNames: ['site', 'ending'] as const,
      registers,
    }),
    passedBytes: new Counter({
      name: 'detour_notice_passed_bytes_total',
      help: 'Bytes passed through: `in` from visitors to origins, `out` to visitors.',
      labelNames: ['site', 'direction'] as const,
      registers,
    }),
    refused: new Counter({
      name: 'detour_notice_refused_total',
      help: 'Connections and requests turned away.',
      labelNames: ['reason'] as const,
      registers,
    }),
    ladder: new Gauge({
      name: 'detour_notice_ladder',
      help: 'Step of the load ladder: 0 full page, 1 small page, 2 close.',
      registers,
    }),
    acceptWait: new Gauge({
      name: 'detour_notice_accept_wait_seconds',
      help: 'The longest that a connection was seen to wait before it was accepted, in the last 10 s; 0 while the process has rest.',
      registers,
    }),
    snapshotGeneration: new Gauge({
      name: 'detour_notice_snapshot_generation',
      help: 'Generation of the snapshot being served.',
      registers,
    }),
    snapshotAge: new Gauge({
      name: 'detour_notice_snapshot_age_seconds',
      help: 'Time since the snapshot being served was written.',
      registers,
    }),
    blocks: new Counter({
      name: 'detour_notice_blocks_total',
      help: 'Abusing sources that the kernel was asked to drop, by what came of it.',
      labelNames: ['result'] as const,
      registers,
    }),
    blockedSources: new Gauge({
      name: 'detour_notice_blocked_sources',
      help: 'Sources that the kernel of the notice host drops now.',
      registers,
    }),
    siteReady: new Gauge({
      name: 'detour_site_ready',
      help: '1 when every hostname of the site has a certificate that browsers take (where its visitors use HTTPS or notices are answered over it) and its notice is there in every language.',
      labelNames: ['site'] as const,
      registers,
    }),
    certificateExpiry: new Gauge({
      name: 'detour_notice_certificate_expiry_seconds',
      help: 'Time until the first certificate of the site ends; below zero when one has ended. Missing for a site without certificates.',
      labelNames: ['site'] as const,
      registers,
    }),
    certificateProblems: new Gauge({
      name: 'detour_notice_certificate_problems',
      help: 'Pairs of files in the folder of certificates that are not used as they are.',
      labelNames: ['problem'] as const,
      registers,
    }),
    limits: new Gauge({
      name: 'detour_notice_limit',
      help: 'Session limits in force.',
      labelNames: ['limit'] as const,
      registers,
    }),
  };
}

export type NoticeMetrics = ReturnType<typeof openNoticeMetrics>;
