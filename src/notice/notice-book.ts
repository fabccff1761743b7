import type { PassThrough } from '../core/site.ts';
import type { EpochMs } from '../lib/time.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../ports/notice-limits.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import { builtInNeutral } from './built-in-neutral.ts';
import { normaliseHost } from './host-name.ts';
import type { PreparedAnswer } from './prepared-answer.ts';
import { languagesIn, type PreparedSite, prepareSite } from './prepared-site.ts';
import { acmeAnswer, type RefusalStatus, refusalAnswers } from './refusal-answers.ts';
import { SiteNotice } from './site-notice.ts';
import { ipv4Of } from './source-key.ts';

/** Adds under a key, or marks the key as nobody's when two sites claim it. */
function claim(book: Map<string, SiteNotice | undefined>, key: string, notice: SiteNotice): void {
  book.set(key, book.has(key) ? undefined : notice);
}

/** Every notice of one snapshot, found by the name a request asks for. Without a snapshot it is a neutral page for all. */
export class NoticeBook {
  readonly generation: number | undefined;
  readonly writtenAt: EpochMs | undefined;
  readonly limits: NoticeLimits;
  readonly sites: readonly string[];
  readonly neutral: SiteNotice;
  readonly #refusals: ReadonlyMap<number, PreparedAnswer>;
  readonly #byHost = new Map<string, SiteNotice | undefined>();
  readonly #prepared = new Map<string | undefined, PreparedSite>();
  readonly #addresses = new Set<string>();
  readonly #challenges: ReadonlyMap<string, PreparedAnswer>;
  readonly #neutralLanguages: readonly string[];

  constructor(snapshot?: Snapshot) {
    const language = snapshot?.defaultLanguage ?? 'en';
    const neutral = snapshot?.neutral ?? builtInNeutral;
    this.generation = snapshot?.generation;
    this.writtenAt = snapshot?.writtenAt;
    this.limits = snapshot?.limits ?? defaultNoticeLimits;
    this.sites = snapshot?.sites.map(({ name }) => name) ?? [];
    this.neutral = new SiteNotice(undefined, neutral, language);
    this.#refusals = refusalAnswers(neutral.marker);
    this.#challenges = new Map(
      snapshot?.challenges?.map(({ token, answer }) => [token, acmeAnswer(Buffer.from(answer))]),
    );
    this.#neutralLanguages = languagesIn(neutral);
    for (const site of snapshot?.sites ?? []) {
      this.#add(prepareSite(site, language));
    }
  }

  #add(site: PreparedSite): void {
    const { name, notice, hostnames, addresses } = site;
    this.#prepared.set(name, site);
    // An address or name that two sites claim says nothing about which is meant: better neutral than another's words.
    for (const hostname of hostnames) {
      claim(this.#byHost, hostname, notice);
    }
    for (const address of addresses) {
      this.#addresses.add(address);
      claim(this.#byHost, address, notice);
    }
  }

  /** The answer to a request that gets no notice. */
  refusal(status: RefusalStatus): PreparedAnswer | undefined {
    return this.#refusals.get(status);
  }

  /** The answer to a challenge that the control plane has open. */
  challenge(token: string): PreparedAnswer | undefined {
    return this.#challenges.get(token);
  }

  /** True when visitors of a site use HTTPS. */
  needsHttps(site: string): boolean {
    return this.#prepared.get(site)?.needsHttps ?? false;
  }

  /** The one site at an address, as the kernel writes it; undefined when none or several have it. */
  siteAt(address: string): string | undefined {
    return this.#byHost.get(ipv4Of(address) ?? address)?.site;
  }

  /** Where a site's visitors are passed through to; undefined while they are to see a notice. */
  originOf(site: string | undefined): PassThrough | undefined {
    return this.#prepared.get(site)?.passThrough;
  }

  /** The notice of a site whose visitors are passed through, for when its origin does not take them. */
  unreachableNotice(site: string | undefined): SiteNotice {
    return this.#prepared.get(site)?.unreachable ?? this.neutral;
  }

  /** True for an address of any site: what is sent there may come back here. */
  isOfSite(address: string): boolean {
    return this.#addresses.has(address);
  }

  /** The names of a site in the form that the book lists them. */
  hostnamesOf(site: string | undefined): readonly string[] {
    return this.#prepared.get(site)?.hostnames ?? [];
  }

  /** The addresses of a site as the snapshot gives them. */
  addressesOf(site: string): readonly string[] {
    return this.#prepared.get(site)?.givenAddresses ?? [];
  }

  /** The languages in which a site's page is there; the neutral one's for undefined. */
  languagesOf(site: string | undefined): readonly string[] {
    return site === undefined
      ? this.#neutralLanguages
      : (this.#prepared.get(site)?.languages ?? []);
  }

  /** The notice for a Host as it was sent; the neutral one for a name that is nobody's here. */
  find(host: string): SiteNotice {
    return this.#byHost.get(host) ?? this.#byHost.get(normaliseHost(host)) ?? this.neutral;
  }
}
