import type { PassThrough } from '../core/site.ts';
import type { SnapshotSite } from '../ports/snapshot.ts';
import { asciiHostname, normaliseHost } from './host-name.ts';
import { type NoticeSource, SiteNotice } from './site-notice.ts';

/** Says to visitors and to our own probes alike that it was the origin which did not answer. */
const badGateway = 502;

/** One site of a snapshot as the book lists it. */
export interface PreparedSite {
  readonly name: string;
  readonly notice: SiteNotice;
  /** In the form in which requests name them. */
  readonly hostnames: readonly string[];
  readonly addresses: readonly string[];
  /** As the snapshot gives them. */
  readonly givenAddresses: readonly string[];
  readonly languages: readonly string[];
  readonly needsHttps: boolean;
  readonly passThrough: PassThrough | undefined;
  /** The notice for when the origin of a site that is passed through does not take a visitor. */
  readonly unreachable: SiteNotice | undefined;
}

/** The languages in which a notice has a page. */
export function languagesIn({ editions }: NoticeSource): readonly string[] {
  const pages = editions.flatMap(({ bodies }) => bodies).filter(({ format }) => format === 'html');
  return [...new Set(pages.map(({ language }) => language))];
}

/** Makes something when it is first asked for: of most sites nobody asks for the pages. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function prepare(site: SnapshotSite, language: string): PreparedSite {
  const { name, hostnames, addresses, passThrough } = site;
  const languages = once(() => languagesIn(site));
  const unreachable = once(() =>
    passThrough === undefined
      ? undefined
      : new SiteNotice(name, { ...site, status: badGateway }, language),
  );
  return {
    name,
    notice: new SiteNotice(name, site, language),
    hostnames: [...new Set(hostnames.map(asciiHostname))],
    addresses: [...new Set(addresses.map(normaliseHost))],
    givenAddresses: addresses,
    get languages(): readonly string[] {
      return languages();
    },
    needsHttps: site.needsHttps === true,
    passThrough,
    get unreachable(): SiteNotice | undefined {
      return unreachable();
    },
  };
}

interface Prepared {
  readonly language: string;
  readonly site: PreparedSite;
}

/** A site that did not change comes again as the same object with the next snapshot, and its answers are still warm. */
const known = new WeakMap<SnapshotSite, Prepared>();

/** Prepares a site of a snapshot, or finds it as it was prepared for the last one. */
export function prepareSite(site: SnapshotSite, language: string): PreparedSite {
  const before = known.get(site);
  if (before?.language === language) {
    return before.site;
  }
  const prepared = { language, site: prepare(site, language) };
  known.set(site, prepared);
  return prepared.site;
}
