import type { RefusalReason } from '../metrics/notice-metrics.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../ports/notice-limits.ts';
import { RateLimit } from './rate-limit.ts';
import { type Source, SourceTable, sourceKey } from './source-table.ts';

/** One site's share of the sessions, and what it has answered. */
export interface SiteAccount {
  /** The metric label: a registered site, or `other`. */
  readonly label: string;
  sessions: number;
  readonly rate: RateLimit;
  /** Answers by status since they were last collected. */
  readonly answers: Map<number, number>;
}

/** The label of sessions whose site is not known, and of names that are nobody's here. */
export const otherSite = 'other';

function shareOf(limits: NoticeLimits, workers: number): NoticeLimits {
  const share = (limit: number): number => Math.max(1, Math.ceil(limit / workers));
  return {
    sessions: share(limits.sessions),
    newPerSecond: share(limits.newPerSecond),
    siteSessions: share(limits.siteSessions),
    siteNewPerSecond: share(limits.siteNewPerSecond),
    sourceSessions: share(limits.sourceSessions),
    sourceNewPerSecond: share(limits.sourceNewPerSecond),
  };
}

/** Decides who may have a session. Pure but for its own counts: time is an argument, any monotonic milliseconds. */
export class Admission {
  readonly #workers: number;
  readonly #sources: SourceTable;
  readonly #sites = new Map<string, SiteAccount>();
  readonly #rate = new RateLimit();
  #sessions = 0;
  #limits: NoticeLimits;

  /** Each of several workers admits its share of every limit, rounded up. */
  constructor(workers = 1, sources = new SourceTable()) {
    this.#workers = workers;
    this.#sources = sources;
    this.#limits = shareOf(defaultNoticeLimits, workers);
  }

  setLimits(limits: NoticeLimits): void {
    this.#limits = shareOf(limits, this.#workers);
  }

  get sessions(): number {
    return this.#sessions;
  }

  get sites(): Iterable<SiteAccount> {
    return this.#sites.values();
  }

  get sourceCount(): number {
    return this.#sources.size;
  }

  /** Opens a session for an address, or says which limit stands against it. */
  open(address: string, nowMs: number): Source | RefusalReason {
    if (this.#sessions >= this.#limits.sessions) {
      return 'sessions';
    }
    const source = this.#sources.touch(sourceKey(address));
    if (source.sessions >= this.#limits.sourceSessions) {
      return 'source-sessions';
    }
    if (!source.rate.take(this.#limits.sourceNewPerSecond, nowMs)) {
      return 'source-rate';
    }
    if (!this.#rate.take(this.#limits.newPerSecond, nowMs)) {
      return 'rate';
    }
    source.sessions += 1;
    this.#sessions += 1;
    return source;
  }

  close(source: Source): void {
    source.sessions -= 1;
    this.#sessions -= 1;
  }

  /** Counts a session to a site, or says which limit of the site stands against it; it is then counted all the same until left. */
  enter(account: SiteAccount, nowMs: number): RefusalReason | undefined {
    account.sessions += 1;
    if (account.sessions > this.#limits.siteSessions) {
      return 'site-sessions';
    }
    return account.rate.take(this.#limits.siteNewPerSecond, nowMs) ? undefined : 'site-rate';
  }

  leave(account: SiteAccount): void {
    account.sessions -= 1;
  }

  account(site: string | undefined): SiteAccount {
    const label = site ?? otherSite;
    let account = this.#sites.get(label);
    if (account === undefined) {
      account = { label, sessions: 0, rate: new RateLimit(), answers: new Map() };
      this.#sites.set(label, account);
    }
    return account;
  }

  /** Forgets sites that are no longer registered; their open sessions keep their own account until they end. */
  keepSites(names: readonly string[]): void {
    const kept = new Set([otherSite, ...names]);
    for (const label of this.#sites.keys()) {
      if (!kept.has(label)) {
        this.#sites.delete(label);
      }
    }
  }
}
