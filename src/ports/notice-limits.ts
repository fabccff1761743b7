import { minute, second } from '../lib/time.ts';

/** When the notice plane gives small pages or admits fewer visitors, and when it goes back to full pages. */
export interface LadderThresholds {
  /** Share of time the event loop is busy above which pages get small: beyond it the next burst has no room. */
  readonly busyShare: number;
  /** Event-loop delay (p99) above which visitors wait noticeably; no queue may be longer, that of those who wait to be accepted included. */
  readonly delayMs: number;
  /** Load must last this long: one garbage collection or one big snapshot is no overload. */
  readonly sustainMs: number;
  /** Calm must last this long before a step up, so that the ladder does not flap. */
  readonly calmMs: number;
}

/** When a source that goes on abusing is blocked in the kernel, and for how long. */
export interface BlockingLimits {
  /** Refusals of one source within the window; 0 never blocks. */
  readonly refusals: number;
  readonly withinMs: number;
  readonly blockMs: number;
}

/** Session limits of the notice plane. A session is one open connection. */
export interface NoticeLimits {
  /** In all. */
  readonly sessions: number;
  readonly newPerSecond: number;
  /** For one site, even while the rest is idle; when the whole is short, its fair share of the whole stands instead. */
  readonly siteSessions: number;
  readonly siteNewPerSecond: number;
  /** Of all sessions, those that may be passed through to healthy origins; each takes two sockets. */
  readonly passedSessions: number;
  /** And of these, those of one site. */
  readonly sitePassedSessions: number;
  /** Such a session ends when no byte has moved either way for so long. */
  readonly passedIdleMs: number;
  /** For one source: an IPv4 /32 or an IPv6 /64. */
  readonly sourceSessions: number;
  readonly sourceNewPerSecond: number;
  /** For an IPv6 /56 (one customer's line) and /48 (one organisation); their new sessions per second are in the same ratio. */
  readonly source56Sessions: number;
  readonly source48Sessions: number;
  /** Prefixes whose addresses each stand for many people, such as a carrier's NAT; never blocked for their number alone. */
  readonly largeSources: readonly string[];
  readonly largeSourceSessions: number;
  readonly largeSourceNewPerSecond: number;
  readonly ladder: LadderThresholds;
  readonly blocking: BlockingLimits;
}

/** The longest that a source may stay blocked: a mistake must heal by itself. */
export const longestBlockMs = 60 * minute;

/**
 * Defaults for one notice host of 1 GiB: 20,000 plain connections fit with room to spare. 32 a source lets an
 * office's NAT through where 3 to 5 are normal; each wider IPv6 prefix has four times as much.
 */
export const defaultNoticeLimits: NoticeLimits = {
  sessions: 20_000,
  newPerSecond: 10_000,
  siteSessions: 10_000,
  siteNewPerSecond: 5_000,
  // A fifth of the whole, so that notices never wait for sites that need none.
  passedSessions: 4_000,
  sitePassedSessions: 2_000,
  // Longer than any page waits for an answer, so that the visitor gives up first.
  passedIdleMs: 5 * minute,
  sourceSessions: 32,
  sourceNewPerSecond: 50,
  source56Sessions: 128,
  source48Sessions: 512,
  largeSources: [],
  largeSourceSessions: 1_024,
  largeSourceNewPerSecond: 1_000,
  ladder: { busyShare: 0.9, delayMs: 100, sustainMs: second, calmMs: 5 * second },
  // A browser behind a full limit tries a few times; only a program goes on hundreds of times a minute.
  blocking: { refusals: 600, withinMs: minute, blockMs: 10 * minute },
};
