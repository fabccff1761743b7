/** Session limits of the notice plane. A session is one open connection. */
export interface NoticeLimits {
  /** In all. */
  readonly sessions: number;
  readonly newPerSecond: number;
  /** For one site; a fair share of the whole when smaller. */
  readonly siteSessions: number;
  readonly siteNewPerSecond: number;
  /** For one source: an IPv4 /32 or an IPv6 /64. */
  readonly sourceSessions: number;
  readonly sourceNewPerSecond: number;
}

/** Defaults for one notice host of 1 GiB: 20,000 plain connections fit with room to spare; 32 a source lets a NAT of an office through. */
export const defaultNoticeLimits: NoticeLimits = {
  sessions: 20_000,
  newPerSecond: 10_000,
  siteSessions: 10_000,
  siteNewPerSecond: 5_000,
  sourceSessions: 32,
  sourceNewPerSecond: 50,
};
