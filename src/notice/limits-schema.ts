import { z } from 'zod';
import {
  defaultNoticeLimits as d,
  longestBlockMs,
  type NoticeLimits,
} from '../ports/notice-limits.ts';

const count = z.int().positive();
const ms = z.number().nonnegative();

/** Session limits as they are kept and handed over. What an older Detour did not write has its default. */
export const noticeLimitsSchema = z.strictObject({
  sessions: count,
  newPerSecond: count,
  siteSessions: count,
  siteNewPerSecond: count,
  passedSessions: count.default(d.passedSessions),
  sitePassedSessions: count.default(d.sitePassedSessions),
  passedIdleMs: count.default(d.passedIdleMs),
  sourceSessions: count,
  sourceNewPerSecond: count,
  source56Sessions: count.default(d.source56Sessions),
  source48Sessions: count.default(d.source48Sessions),
  largeSources: z.array(z.string().max(50)).max(1_000).default([]),
  largeSourceSessions: count.default(d.largeSourceSessions),
  largeSourceNewPerSecond: count.default(d.largeSourceNewPerSecond),
  ladder: z
    .strictObject({ busyShare: z.number(), delayMs: z.number(), sustainMs: ms, calmMs: ms })
    .default(d.ladder),
  blocking: z
    .strictObject({
      refusals: z.int().nonnegative(),
      withinMs: ms,
      blockMs: ms.max(longestBlockMs),
    })
    .default(d.blocking),
}) satisfies z.ZodType<NoticeLimits>;
