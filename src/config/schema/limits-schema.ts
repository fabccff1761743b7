import { z } from 'zod';
import { formatDuration } from '../../lib/duration.ts';
import { hour, minute, second } from '../../lib/time.ts';
import {
  defaultNoticeLimits as d,
  longestBlockMs,
  type NoticeLimits,
} from '../../ports/notice-limits.ts';
import { count, duration, prefix, share, strict } from './parts.ts';

const most = 10_000_000;

const from = (ms: number): string => formatDuration(ms);

const ladder = strict({
  busyShare: share()
    .default(d.ladder.busyShare)
    .meta({ description: 'Share of time busy above which pages get small.' }),
  delay: duration(10, 10 * second)
    .prefault(from(d.ladder.delayMs))
    .meta({
      description:
        'The longest that visitors may wait: event-loop delay (p99) above which pages get small, then new connections are closed. Once load has lasted for half a second, connections that have waited two fifths of it to be accepted are closed at once.',
    }),
  sustain: duration(0, minute)
    .prefault(from(d.ladder.sustainMs))
    .meta({ description: 'It must last this long before a step down.' }),
  calm: duration(0, hour)
    .prefault(from(d.ladder.calmMs))
    .meta({ description: 'Calm must last this long before full pages come back.' }),
});

const blocking = strict({
  refusals: count(0, most).default(d.blocking.refusals).meta({
    description: 'Refusals of one source after which the kernel drops its packets; 0 never.',
  }),
  within: duration(second, hour)
    .prefault(from(d.blocking.withinMs))
    .meta({ description: 'They must fall within this time.' }),
  for: duration(second, longestBlockMs)
    .prefault(from(d.blocking.blockMs))
    .meta({ description: 'How long the source stays blocked.' }),
});

/** Session limits of the notice plane; each has a default. */
export const limitsSchema = strict({
  sessions: count(1, most)
    .default(d.sessions)
    .meta({ description: 'Connections at once, in all.' }),
  newPerSecond: count(1, most)
    .default(d.newPerSecond)
    .meta({ description: 'New connections per second, in all.' }),
  siteSessions: count(1, most).default(d.siteSessions).meta({
    description:
      'Connections at once for one site; when the whole is short, its fair share stands instead.',
  }),
  siteNewPerSecond: count(1, most)
    .default(d.siteNewPerSecond)
    .meta({ description: 'New connections per second for one site.' }),
  passedSessions: count(1, most).default(d.passedSessions).meta({
    description:
      'Connections at once that are passed through to the origins of healthy sites, in all.',
  }),
  sitePassedSessions: count(1, most)
    .default(d.sitePassedSessions)
    .meta({ description: 'Connections at once that are passed through for one site.' }),
  passedIdle: duration(second, hour).prefault(from(d.passedIdleMs)).meta({
    description: 'A connection that is passed through ends when no byte has moved for so long.',
  }),
  sourceSessions: count(1, most)
    .default(d.sourceSessions)
    .meta({ description: 'Connections at once from one source (IPv4 /32, IPv6 /64).' }),
  sourceNewPerSecond: count(1, most)
    .default(d.sourceNewPerSecond)
    .meta({ description: 'New connections per second from one source.' }),
  source56Sessions: count(1, most)
    .default(d.source56Sessions)
    .meta({ description: 'Connections at once from one IPv6 /56.' }),
  source48Sessions: count(1, most)
    .default(d.source48Sessions)
    .meta({ description: 'Connections at once from one IPv6 /48.' }),
  largeSources: z.array(prefix()).max(1_000).default([]).meta({
    description:
      'Prefixes whose addresses each stand for many people, such as a carrier’s NAT; never blocked for their number alone.',
  }),
  largeSourceSessions: count(1, most)
    .default(d.largeSourceSessions)
    .meta({ description: 'Connections at once from one address of those.' }),
  largeSourceNewPerSecond: count(1, most)
    .default(d.largeSourceNewPerSecond)
    .meta({ description: 'New connections per second from one address of those.' }),
  ladder: ladder.prefault({}).meta({
    description:
      'When pages get small, when new connections are closed, and when all is well again.',
  }),
  blocking: blocking.prefault({}).meta({
    description: 'When a source that goes on abusing is blocked in the kernel of a prepared host.',
  }),
}).transform(
  ({ passedIdle, ...limits }): NoticeLimits => ({
    ...limits,
    passedIdleMs: passedIdle,
    ladder: {
      busyShare: limits.ladder.busyShare,
      delayMs: limits.ladder.delay,
      sustainMs: limits.ladder.sustain,
      calmMs: limits.ladder.calm,
    },
    blocking: {
      refusals: limits.blocking.refusals,
      withinMs: limits.blocking.within,
      blockMs: limits.blocking.for,
    },
  }),
);
