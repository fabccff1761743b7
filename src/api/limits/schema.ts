import { z } from 'zod';
import { parsePrefix } from '../../lib/ip.ts';
import { hour, second } from '../../lib/time.ts';
import { longestBlockMs } from '../../ports/notice-limits.ts';

/** No notice host takes more than this; a larger number is a slip of the finger. */
const maxLimit = 10_000_000;

const limit = z.int().min(1).max(maxLimit);

const prefixes = z
  .array(
    z
      .string()
      .refine((text) => parsePrefix(text) === text, 'must be a prefix such as 192.0.2.0/24'),
  )
  .max(1_000);

const counts = {
  sessions: limit.describe('Sessions at once, in all.'),
  newPerSecond: limit.describe('New sessions per second, in all.'),
  siteSessions: limit.describe(
    'Sessions at once for one site; its fair share of the whole when the whole is short.',
  ),
  siteNewPerSecond: limit.describe('New sessions per second for one site.'),
  passedSessions: limit.describe(
    'Sessions at once that are passed through to the origins of healthy sites, in all.',
  ),
  sitePassedSessions: limit.describe('Sessions at once that are passed through for one site.'),
  passedIdleMs: z
    .int()
    .min(second)
    .max(hour)
    .describe('A session that is passed through ends when no byte has moved for so long.'),
  sourceSessions: limit.describe('Sessions at once from one IPv4 /32 or IPv6 /64.'),
  sourceNewPerSecond: limit.describe('New sessions per second from one IPv4 /32 or IPv6 /64.'),
  source56Sessions: limit.describe('Sessions at once from one IPv6 /56.'),
  source48Sessions: limit.describe('Sessions at once from one IPv6 /48.'),
  largeSources: prefixes.describe(
    'Prefixes whose addresses each stand for many people; never blocked for their number alone.',
  ),
  largeSourceSessions: limit.describe('Sessions at once from one address of those.'),
  largeSourceNewPerSecond: limit.describe('New sessions per second from one address of those.'),
};

const ladder = {
  busyShare: z.number().min(0).max(1).describe('Share of time busy above which pages get small.'),
  delayMs: z
    .number()
    .min(10)
    .max(10 * second)
    .describe(
      'Event-loop delay above which pages get small, then new connections are closed; once load has lasted for half a second, those that waited two fifths of it to be accepted are closed at once.',
    ),
  sustainMs: z.number().min(0).max(hour).describe('It must last this long before a step down.'),
  calmMs: z.number().min(0).max(hour).describe('Calm must last this long before a step up.'),
};

const blocking = {
  refusals: z
    .int()
    .min(0)
    .max(maxLimit)
    .describe('Refusals of one source after which the kernel drops its packets; 0 never.'),
  withinMs: z.number().min(second).max(hour).describe('They must fall within this time.'),
  blockMs: z
    .number()
    .min(second)
    .max(longestBlockMs)
    .describe('How long the source stays blocked.'),
};

export const limitsViewSchema = z
  .object({ ...counts, ladder: z.object(ladder), blocking: z.object(blocking) })
  .meta({ id: 'Limits', description: 'Session limits of the notice plane.' });

export const limitsInputSchema = z
  .strictObject({
    ...counts,
    ladder: z.strictObject(ladder).partial(),
    blocking: z.strictObject(blocking).partial(),
  })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'name at least one limit')
  .describe('Limits that are left out keep their value.');
export type LimitsInput = z.output<typeof limitsInputSchema>;
