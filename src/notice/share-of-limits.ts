import type { NoticeLimits } from '../ports/notice-limits.ts';

/** One worker's share of the limits, rounded up. What does not count anything stays as it is. */
export function shareOfLimits(limits: NoticeLimits, workers: number): NoticeLimits {
  const share = (limit: number): number => Math.max(1, Math.ceil(limit / workers));
  return {
    ...limits,
    sessions: share(limits.sessions),
    newPerSecond: share(limits.newPerSecond),
    siteSessions: share(limits.siteSessions),
    siteNewPerSecond: share(limits.siteNewPerSecond),
    passedSessions: share(limits.passedSessions),
    sitePassedSessions: share(limits.sitePassedSessions),
    sourceSessions: share(limits.sourceSessions),
    sourceNewPerSecond: share(limits.sourceNewPerSecond),
    source56Sessions: share(limits.source56Sessions),
    source48Sessions: share(limits.source48Sessions),
    largeSourceSessions: share(limits.largeSourceSessions),
    largeSourceNewPerSecond: share(limits.largeSourceNewPerSecond),
    blocking: { ...limits.blocking, refusals: Math.ceil(limits.blocking.refusals / workers) },
  };
}
