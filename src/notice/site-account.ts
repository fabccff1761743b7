import { RateLimit } from './rate-limit.ts';

/** New sessions that are let in at once wait for each other, so no more than this much work is taken on at once. */
export const queueMs = 100;

/** One site's share of the sessions, and what it has answered. */
export class SiteAccount {
  /** The metric label: a registered site, or `other`. */
  readonly label: string;
  /** New sessions against the site's own limit, and against its fair share of the whole. */
  readonly rate = new RateLimit();
  readonly share = new RateLimit(queueMs);
  /** Answers by status since they were last collected. */
  readonly answers = new Map<number, number>();
  sessions = 0;
  /** The second in which a visitor last came: see ActiveSites. */
  seenSecond = -1;

  constructor(label: string) {
    this.label = label;
  }
}

/** The label of sessions whose site is not known, and of names that are nobody's here. */
export const otherSite = 'other';
