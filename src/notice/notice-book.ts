import { domainToASCII } from 'node:url';
import type { PassThrough } from '../core/site.ts';
import { parseAddress } from '../lib/ip.ts';
import type { EpochMs } from '../lib/time.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../ports/notice-limits.ts';
import type { Snapshot, SnapshotSite } from '../ports/snapshot.ts';
import { builtInNeutral } from './built-in-neutral.ts';
import type { PreparedAnswer } from './prepared-answer.ts';
import { acmeAnswer, type RefusalStatus, refusalAnswers } from './refusal-answers.ts';
import { type NoticeSource, SiteNotice } from './site-notice.ts';
import { ipv4Of } from './source-key.ts';

/** Says to visitors and to our own probes alike that it was the origin which did not answer. */
const badGateway = 502;

const addressLike = /^[\d.]+$|:/;

/** A Host as the book lists it: lower case, without port and trailing dot, IP addresses in canonical form. */
export function normaliseHost(host: string): string {
  // A bare IPv6 address has colons and no port; it comes from the socket, not from a Host.
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host);
  const bare = (match?.[1] ?? match?.[2] ?? host).toLowerCase().replace(/\.$/, '');
  // Reading every name as an address would take a tenth of a server's time where visitors name a port.
  return addressLike.test(bare) ? (parseAddress(bare) ?? bare) : bare;
}

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
  readonly #hostnames = new Map<string, readonly string[]>();
  readonly #addressesOf = new Map<string, readonly string[]>();
  readonly #needsHttps = new Set<string>();
  readonly #origins = new Map<string | undefined, PassThrough>();
  readonly #unreachable = new Map<string | undefined, SiteNotice>();
  readonly #addresses = new Set<string>();
  readonly #challenges: ReadonlyMap<string, PreparedAnswer>;
  readonly #languages = new Map<string | undefined, readonly string[]>();

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
    this.#languages.set(undefined, languagesIn(neutral));
    for (const site of snapshot?.sites ?? []) {
      this.#add(site, language);
    }
  }

  #add(site: SnapshotSite, language: string): void {
    this.#languages.set(site.name, languagesIn(site));
    if (site.needsHttps === true) {
      this.#needsHttps.add(site.name);
    }
    if (site.passThrough !== undefined) {
      const unreachable = { ...site, status: badGateway };
      this.#origins.set(site.name, site.passThrough);
      this.#unreachable.set(site.name, new SiteNotice(site.name, unreachable, language));
    }
    const notice = new SiteNotice(site.name, site, language);
    // An address or name that two sites claim says nothing about which is meant: better neutral than another's words.
    const hostnames = [...new Set(site.hostnames.map(asciiHostname))];
    this.#hostnames.set(site.name, hostnames);
    this.#addressesOf.set(site.name, site.addresses);
    for (const hostname of hostnames) {
      claim(this.#byHost, hostname, notice);
    }
    for (const address of new Set(site.addresses.map(normaliseHost))) {
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
    return this.#needsHttps.has(site);
  }

  /** The one site at an address, as the kernel writes it; undefined when none or several have it. */
  siteAt(address: string): string | undefined {
    return this.#byHost.get(ipv4Of(address) ?? address)?.site;
  }

  /** Where a site's visitors are passed through to; undefined while they are to see a notice. */
  originOf(site: string | undefined): PassThrough | undefined {
    return this.#origins.get(site);
  }

  /** The notice of a site whose visitors are passed through, for when its origin does not take them. */
  unreachableNotice(site: string | undefined): SiteNotice {
    return this.#unreachable.get(site) ?? this.neutral;
  }

  /** True for an address of any site: what is sent there may come back here. */
  isOfSite(address: string): boolean {
    return this.#addresses.has(address);
  }

  /** The names of a site in the form that the book lists them. */
  hostnamesOf(site: string | undefined): readonly string[] {
    return (site === undefined ? undefined : this.#hostnames.get(site)) ?? [];
  }

  /** The addresses of a site as the snapshot gives them. */
  addressesOf(site: string): readonly string[] {
    return this.#addressesOf.get(site) ?? [];
  }

  /** The languages in which a site's page is there; the neutral one's for undefined. */
  languagesOf(site: string | undefined): readonly string[] {
    return this.#languages.get(site) ?? [];
  }

  /** The notice for a Host as it was sent; the neutral one for a name that is nobody's here. */
  find(host: string): SiteNotice {
    return this.#byHost.get(host) ?? this.#byHost.get(normaliseHost(host)) ?? this.neutral;
  }
}

function languagesIn({ editions }: NoticeSource): readonly string[] {
  const pages = editions.flatMap(({ bodies }) => bodies).filter(({ format }) => format === 'html');
  return [...new Set(pages.map(({ language }) => language))];
}

function asciiHostname(hostname: string): string {
  const ascii = domainToASCII(hostname);
  return normaliseHost(ascii === '' ? hostname : ascii);
}
