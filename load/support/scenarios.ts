import type { NoticeLimits } from '../../src/ports/notice-limits.ts';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';

/** One way for visitors to come, and what is stated for it: all but 1 % of them answered, and soon. */
export interface Scenario {
  readonly name: string;
  readonly says: string;
  readonly scheme: 'http' | 'https';
  readonly hosts: number;
  /** True when visitors keep their connection for many requests. */
  readonly isKept: boolean;
  /** Visitors a second that are stated for one worker on one processor. */
  readonly rate: number;
  readonly p95Ms: number;
  /** Limits other than wide ones, where the scenario is about them. */
  readonly limits?: Partial<NoticeLimits>;
  /** Visitors have addresses of their own, and one more address attacks as fast as it can. */
  readonly isAttacked?: true;
}

const plain = { scheme: 'http', hosts: 1, isKept: false, p95Ms: 250 } as const;

/** The suite: every way in which a crowd has come to a notice host so far. */
export const scenarios: readonly Scenario[] = [
  { ...plain, name: 'crowd', says: 'flash crowd, a connection each', rate: 1_000 },
  { ...plain, name: 'keep-alive', says: 'kept connections', isKept: true, rate: 1_500 },
  { ...plain, name: 'https', says: 'HTTPS, a handshake each', scheme: 'https', rate: 200 },
  { ...plain, name: 'hosts', says: '200 hosts, a connection each', hosts: 200, rate: 800 },
  { ...plain, name: 'two-hosts', says: 'two hosts, as published', hosts: 2, rate: 490 },
  {
    ...plain,
    name: 'attack',
    says: 'two hosts, as published, and one source that attacks',
    hosts: 2,
    rate: 490,
    p95Ms: 500,
    isAttacked: true,
    limits: {
      sourceSessions: defaultNoticeLimits.sourceSessions,
      sourceNewPerSecond: defaultNoticeLimits.sourceNewPerSecond,
    },
  },
];
