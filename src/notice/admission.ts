import { PrefixSet } from '../lib/prefix-set.ts';
import type { RefusalReason } from '../metrics/notice-metrics.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../ports/notice-limits.ts';
import { ActiveSites } from './active-sites.ts';
import { RateLimit } from './rate-limit.ts';
import { shareOfLimits } from './share-of-limits.ts';
import { otherSite, queueMs, SiteAccount } from './site-account.ts';
import type { Source } from './source.ts';
import { SourceGate } from './source-gate.ts';

/** The whole is short from here on: a site may then use no more than its fair share. */
const shortShare = 0.8;
/** From here on it is worth a system call to learn for which site a connection comes before it has said so. */
const watchfulShare = 0.5;

export interface AdmissionOptions {
  /** Each of several workers admits its share of every limit, rounded up. */
  readonly workers?: number;
  /** Prefixes of proxies whose word about their clients is taken. */
  readonly trustedProxies?: readonly string[];
  /** Called with a source that goes on abusing, at most once in each window. */
  readonly onAbuse?: (source: Source) => void;
}

/** Decides who may have a session. Pure but for its own counts: time is an argument, any monotonic milliseconds. */
export class Admission {
  readonly sources: SourceGate;
  readonly #workers: number;
  readonly #proxies: PrefixSet;
  readonly #sites = new Map<string, SiteAccount>();
  readonly #active = new ActiveSites();
  readonly #rate = new RateLimit(queueMs);
  #sessions = 0;
  #admitted = 0;
  /** Sites with a session open. */
  #holders = 0;
  #limits: NoticeLimits;
  #overloadPerSecond: number | undefined;

  constructor(options: AdmissionOptions = {}) {
    this.#workers = options.workers ?? 1;
    this.#proxies = new PrefixSet(options.trustedProxies ?? []);
    this.#limits = shareOfLimits(defaultNoticeLimits, this.#workers);
    this.sources = new SourceGate(this.#limits, options.onAbuse ?? ((): void => undefined));
  }

  setLimits(limits: NoticeLimits): void {
    this.#limits = shareOfLimits(limits, this.#workers);
    this.sources.setLimits(this.#limits);
  }

  /** In overload, this worker's new sessions per second until it says otherwise; undefined when the limits alone stand. */
  setOverload(perSecond: number | undefined): void {
    this.#overloadPerSecond = perSecond;
  }

  get sessions(): number {
    return this.#sessions;
  }

  /** Sessions opened since the start. */
  get admitted(): number {
    return this.#admitted;
  }

  get sites(): Iterable<SiteAccount> {
    return this.#sites.values();
  }

  /** True for a proxy whose word about its client is taken. */
  isTrustedProxy(address: string): boolean {
    return this.#proxies.has(address);
  }

  /** True when `open` decides better if it is told the site. */
  isWatchful(nowMs: number): boolean {
    return (
      this.#overloadPerSecond !== undefined ||
      this.#sessions > this.#limits.sessions * watchfulShare ||
      this.#usedShare(nowMs) > watchfulShare
    );
  }

  /** Opens a session for an address, or says which limit stands against it. The site, if it is known, need not be checked for its share again. */
  open(address: string, nowMs: number, account?: SiteAccount): Source | RefusalReason {
    if (this.#sessions >= this.#limits.sessions) {
      return 'sessions';
    }
    const source = this.#proxies.has(address)
      ? this.sources.trusted
      : this.sources.find(address, false);
    const refused =
      this.sources.refuse(source, nowMs, this.#isShort(nowMs)) ??
      this.#refuseSessions(account) ??
      this.#refuseRate(account, nowMs);
    if (refused !== undefined) {
      return refused;
    }
    this.sources.hold(source);
    this.#sessions += 1;
    this.#admitted += 1;
    return source;
  }

  /** Opens a session of the client that a trusted proxy speaks for, or says which limit stands against it. Leave it with `sources.leave`. */
  openClient(address: string, nowMs: number): Source | RefusalReason {
    const source = this.sources.find(address, true);
    const refused = this.sources.refuse(source, nowMs, this.#isShort(nowMs));
    if (refused === undefined) {
      this.sources.hold(source);
    }
    return refused ?? source;
  }

  close(source: Source): void {
    this.sources.leave(source);
    this.#sessions -= 1;
  }

  /** Counts a session to a site until it leaves. */
  hold(account: SiteAccount): void {
    account.sessions += 1;
    this.#holders += account.sessions === 1 ? 1 : 0;
  }

  leave(account: SiteAccount): void {
    account.sessions -= 1;
    this.#holders -= account.sessions === 0 ? 1 : 0;
  }

  /** Which limit of its site stands against a session that is counted there already; once for each session and site. */
  refuse(account: SiteAccount, nowMs: number, isShareChecked: boolean): RefusalReason | undefined {
    this.#active.see(account, nowMs);
    if (account.sessions > this.#limits.siteSessions) {
      return 'site-sessions';
    }
    if (!account.rate.take(this.#limits.siteNewPerSecond, nowMs)) {
      return 'site-rate';
    }
    return isShareChecked || this.#isWithinShare(account, nowMs) ? undefined : 'site-share';
  }

  account(site: string | undefined): SiteAccount {
    const label = site ?? otherSite;
    let account = this.#sites.get(label);
    if (account === undefined) {
      account = new SiteAccount(label);
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

  get #newPerSecond(): number {
    return Math.min(this.#limits.newPerSecond, this.#overloadPerSecond ?? Number.POSITIVE_INFINITY);
  }

  #usedShare(nowMs: number): number {
    return this.#rate.usedShare(this.#newPerSecond, nowMs);
  }

  #isShort(nowMs: number): boolean {
    return (
      this.#overloadPerSecond !== undefined ||
      this.#isShortOfSessions ||
      this.#usedShare(nowMs) > shortShare
    );
  }

  get #isShortOfSessions(): boolean {
    return this.#sessions > this.#limits.sessions * shortShare;
  }

  #holdsItsShare(sessions: number): boolean {
    return sessions > this.#limits.sessions / Math.max(1, this.#holders);
  }

  /** The rest of a whole that is short is kept for sites that have less than their share. */
  #refuseSessions(account: SiteAccount | undefined): RefusalReason | undefined {
    return account !== undefined &&
      this.#isShortOfSessions &&
      this.#holdsItsShare(account.sessions + 1)
      ? 'site-share'
      : undefined;
  }

  /**
   * A site within its fair share of the rate always gets in. Beyond it, it borrows what others leave idle,
   * but for a rest that is kept for those who come next. Who is not known takes from what is left.
   */
  #refuseRate(account: SiteAccount | undefined, nowMs: number): RefusalReason | undefined {
    const perSecond = this.#newPerSecond;
    const isOver =
      account === undefined
        ? !this.#rate.take(perSecond, nowMs)
        : !(this.#takeShare(account, nowMs) || this.#borrow(nowMs));
    if (!isOver) {
      return;
    }
    return this.#overloadPerSecond === undefined ? 'rate' : 'overload';
  }

  #takeShare(account: SiteAccount, nowMs: number): boolean {
    this.#active.see(account, nowMs);
    const perSecond = this.#newPerSecond;
    if (!account.share.take(perSecond / this.#active.count(nowMs), nowMs)) {
      return false;
    }
    this.#rate.force(perSecond, nowMs);
    return true;
  }

  #borrow(nowMs: number): boolean {
    return this.#usedShare(nowMs) < shortShare && this.#rate.take(this.#newPerSecond, nowMs);
  }

  /** For a session that came without a site known: the whole has counted it, the site's share has not. */
  #isWithinShare(account: SiteAccount, nowMs: number): boolean {
    if (this.#isShortOfSessions && this.#holdsItsShare(account.sessions)) {
      return false;
    }
    const share = this.#newPerSecond / this.#active.count(nowMs);
    return account.share.take(share, nowMs) || this.#usedShare(nowMs) < shortShare;
  }
}
