import type { PassThrough } from '../core/site.ts';
import type { EpochMs } from '../lib/time.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../ports/notice-limits.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import { builtInNeutral } from './built-in-neutral.ts';
import { normaliseHost } from './host-name.ts';
import type { PreparedAnswer } from './prepared-answer.ts';
import { languagesIn, type PreparedSite, prepareSite } from './prepared-site.ts';
import { acmeAnswer, type RefusalStatus, refusalAnswers } from './refusal-answers.ts';
import { SiteListing } from './site-listing.ts';
import { SiteNotice } from './site-notice.ts';
import { ipv4Of } from './source-key.ts';

/** Every notice of one snapshot, found by the name a request asks for. Without a snapshot it is a neutral page for all. */
export class NoticeBook {
  readonly generation: number | undefined;
  readonly writtenAt: EpochMs | undefined;
  readonly limits: NoticeLimits;
  readonly sites: readonly string[];
  readonly neutral: SiteNotice;
  readonly #refusals: ReadonlyMap<number, PreparedAnswer>;
  readonly #prepared: readonly PreparedSite[];
  readonly #listing: SiteListing;
  readonly #challenges: ReadonlyMap<string, PreparedAnswer>;
  readonly #neutralLanguages: readonly string[];

  /** What the book before it lists in the same way need not be listed again. */
  constructor(snapshot?: Snapshot, before?: NoticeBook) {
    const language = snapshot?.defaultLanguage ?? 'en';
    const neutral = snapshot?.neutral ?? builtInNeutral;
    this.generation = snapshot?.generation;
    this.writtenAt = snapshot?.writtenAt;
    this.limits = snapshot?.limits ?? defaultNoticeLimits;
    this.neutral = new SiteNotice(undefined, neutral, language);
    this.#refusals = refusalAnswers(neutral.marker);
    this.#challenges = new Map(
      snapshot?.challenges?.map(({ token, answer }) => [token, acmeAnswer(Buffer.from(answer))]),
    );
    this.#neutralLanguages = languagesIn(neutral);
    this.#prepared = snapshot?.sites.map((site) => prepareSite(site, language)) ?? [];
    const listing = before === undefined ? undefined : before.#listing;
    this.#listing =
      listing?.fits(this.#prepared) === true ? listing : new SiteListing(this.#prepared);
    this.sites = this.#listing.names;
  }

  #siteOf(name: string | undefined): PreparedSite | undefined {
    return this.#at(this.#listing.placeOf(name));
  }

  #at(place: number | undefined): PreparedSite | undefined {
    return place === undefined ? undefined : this.#prepared[place];
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
    return this.#siteOf(site)?.needsHttps ?? false;
  }

  /** The one site at an address, as the kernel writes it; undefined when none or several have it. */
  siteAt(address: string): string | undefined {
    return this.#at(this.#listing.placeAt(ipv4Of(address) ?? address))?.name;
  }

  /** Where a site's visitors are passed through to; undefined while they are to see a notice. */
  originOf(site: string | undefined): PassThrough | undefined {
    return this.#siteOf(site)?.passThrough;
  }

  /** The notice of a site whose visitors are passed through, for when its origin does not take them. */
  unreachableNotice(site: string | undefined): SiteNotice {
    return this.#siteOf(site)?.unreachable ?? this.neutral;
  }

  /** True for an address of any site: what is sent there may come back here. */
  isOfSite(address: string): boolean {
    return this.#listing.isOfSite(address);
  }

  /** The names of a site in the form that the book lists them. */
  hostnamesOf(site: string | undefined): readonly string[] {
    return this.#siteOf(site)?.hostnames ?? [];
  }

  /** The addresses of a site as the snapshot gives them. */
  addressesOf(site: string): readonly string[] {
    return this.#siteOf(site)?.givenAddresses ?? [];
  }

  /** The languages in which a site's page is there; the neutral one's for undefined. */
  languagesOf(site: string | undefined): readonly string[] {
    return site === undefined ? this.#neutralLanguages : (this.#siteOf(site)?.languages ?? []);
  }

  /** The notice for a Host as it was sent; the neutral one for a name that is nobody's here. */
  find(host: string): SiteNotice {
    const place = this.#listing.placeAt(host) ?? this.#listing.placeAt(normaliseHost(host));
    return this.#at(place)?.notice ?? this.neutral;
  }
}
