import { networkInterfaces } from 'node:os';
import type { PassThrough } from '../../core/site.ts';
import { second } from '../../lib/time.ts';
import type { NoticeMetrics, RefusalReason } from '../../metrics/notice-metrics.ts';
import type { NoticeStatus } from '../../ports/notice-control.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../../ports/notice-limits.ts';
import type { DeadlineRing } from '../deadline-ring.ts';
import type { NoticeBook } from '../notice-book.ts';
import type { Watched } from '../session-desk.ts';
import { PassAccount } from './pass-account.ts';
import { type Passage, Splice } from './splice.ts';

export interface PassTimeouts {
  /** For the origin to take a connection: it stands in the same data centre. */
  readonly connectMs: number;
  /** Without a byte either way once one side has said all that it has to say: most of them are gone. */
  readonly halfOpenMs: number;
  /** For a head that has begun, so that no head is held back for ever. */
  readonly headMs: number;
  /** What is left to a connection whose site is to show its notice again. */
  readonly drainMs: number;
  /** For bytes that come after the end: closing at once would destroy the last answer on its way. */
  readonly lingerMs: number;
}

export const defaultPassTimeouts: PassTimeouts = {
  connectMs: 3 * second,
  halfOpenMs: 30 * second,
  headMs: 5 * second,
  drainMs: 2 * second,
  lingerMs: second,
};

/** Where the notice plane itself can be met. */
export type OwnPorts = () => ReadonlySet<number>;

const anyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

function ownAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return new Set(all.map(({ address }) => address));
}

/** Holds every connection that is passed through to a healthy site's own origin, within limits of its own. */
export class PassDesk {
  readonly ring: DeadlineRing<Watched>;
  readonly timeouts: PassTimeouts;
  readonly #ownPorts: OwnPorts;
  readonly #open = new Set<Splice>();
  readonly #accounts = new Map<string, PassAccount>();
  /** What accounts had moved when they were last collected. */
  #collectedBytes = 0;
  #limits: NoticeLimits | undefined;
  #book: NoticeBook | undefined;
  #ownAddresses: ReadonlySet<string> = new Set();

  constructor(ring: DeadlineRing<Watched>, ownPorts: OwnPorts, timeouts = defaultPassTimeouts) {
    this.ring = ring;
    this.timeouts = timeouts;
    this.#ownPorts = ownPorts;
  }

  /** Without a byte either way a connection ends after this long. */
  get idleMs(): number {
    return (this.#limits ?? defaultNoticeLimits).passedIdleMs;
  }

  /** Takes over what stands in a new snapshot: connections of a site that is passed through no longer, or elsewhere, are drained. */
  useBook(book: NoticeBook, limits: NoticeLimits): void {
    this.#book = book;
    this.#limits = limits;
    this.#ownAddresses = ownAddresses();
    for (const splice of this.#open) {
      const now = book.originOf(splice.site);
      if (now === undefined || !splice.isTo(now)) {
        splice.drain();
      }
    }
    for (const [site, account] of this.#accounts) {
      if (account.open === 0 && !book.sites.includes(site)) {
        this.#accounts.delete(site);
      }
    }
  }

  /** Which limit stands against one more connection of a site. */
  refuse(site: string): RefusalReason | undefined {
    const limits = this.#limits;
    if (limits === undefined || this.#open.size >= limits.passedSessions) {
      return 'passed-sessions';
    }
    const open = this.#accounts.get(site)?.open ?? 0;
    return open >= limits.sitePassedSessions ? 'site-passed-sessions' : undefined;
  }

  /** Passes a connection on. Ask `refuse` first. */
  pass(passage: Passage): void {
    const account = this.#account(passage.site);
    if (this.#isLoop(passage.origin, passage.isTls)) {
      account.ended('origin-loop');
      passage.onUnreachable();
      return;
    }
    const splice = new Splice(this, account, passage);
    this.#open.add(splice);
    account.open += 1;
    splice.begin();
  }

  /** A splice is over; called once for each. */
  close(splice: Splice): void {
    this.#open.delete(splice);
    this.ring.forget(splice);
    this.#account(splice.site).open -= 1;
  }

  /** Who is passed through now, and how much has been moved so far. */
  get passed(): NoticeStatus['passed'] {
    const accounts = [...this.#accounts.values()];
    const open = accounts.filter((account) => account.open > 0);
    return {
      total: this.#open.size,
      sites: Object.fromEntries(open.map((account) => [account.site, account.open])),
      bytes: accounts.reduce(
        (sum, each) => sum + each.bytesIn + each.bytesOut,
        this.#collectedBytes,
      ),
    };
  }

  /** Brings the metrics up to date. */
  collect(metrics: Pick<NoticeMetrics, 'passed' | 'passedBytes' | 'passedSessions'>): void {
    metrics.passedSessions.reset();
    for (const account of this.#accounts.values()) {
      const { site, open, endings, bytesIn, bytesOut } = account;
      metrics.passedSessions.set({ site }, open);
      metrics.passedBytes.inc({ site, direction: 'in' }, bytesIn);
      metrics.passedBytes.inc({ site, direction: 'out' }, bytesOut);
      for (const [ending, count] of endings) {
        metrics.passed.inc({ site, ending }, count);
      }
      endings.clear();
      this.#collectedBytes += bytesIn + bytesOut;
      account.bytesIn = 0;
      account.bytesOut = 0;
    }
  }

  #account(site: string): PassAccount {
    let account = this.#accounts.get(site);
    if (account === undefined) {
      account = new PassAccount(site);
      this.#accounts.set(site, account);
    }
    return account;
  }

  /**
   * True when the way to the origin leads back here: to an address that may be diverted, or to a port of our own.
   * The configuration refuses such an origin; this host may know more addresses than the configuration does.
   */
  #isLoop({ address, http, https }: PassThrough, isTls: boolean): boolean {
    const isLoopback = address === '::1' || address.startsWith('127.');
    if (this.#book?.isOfSite(address) === true && !isLoopback) {
      return true;
    }
    const isOwn = isLoopback || anyAddress.has(address) || this.#ownAddresses.has(address);
    return isOwn && this.#ownPorts().has(isTls ? https : http);
  }
}
