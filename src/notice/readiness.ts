import { day, type EpochMs } from '../lib/time.ts';
import type { HostStatus } from '../ports/host-helper.ts';
import type {
  AddressReception,
  CertificateState,
  HostnameReadiness,
  SiteReadiness,
} from '../ports/site-readiness.ts';
import type { NoticeBook } from './notice-book.ts';
import type { CertificatePair } from './tls/certificate-pair.ts';

/** A certificate of 90 days is renewed when 30 are left; with 14 left, whatever renews it has failed for weeks. */
const expiringWithinMs = 14 * day;

/** Where certificates are found, or undefined where the notice plane speaks no TLS. */
export type FindCertificate = ((hostname: string) => CertificatePair | undefined) | undefined;

function stateOf({ notBefore, notAfter }: CertificatePair, now: EpochMs): CertificateState {
  if (now < notBefore) {
    return 'not-yet-valid';
  }
  if (now >= notAfter) {
    return 'expired';
  }
  return now >= notAfter - expiringWithinMs ? 'expiring' : 'valid';
}

function hostnameReadiness(
  hostname: string,
  find: FindCertificate,
  now: EpochMs,
): HostnameReadiness {
  if (find === undefined) {
    return { hostname, certificate: 'not-served', expiresAt: null };
  }
  const pair = find(hostname);
  return pair === undefined
    ? { hostname, certificate: 'missing', expiresAt: null }
    : { hostname, certificate: stateOf(pair, now), expiresAt: pair.notAfter };
}

function receptionOf(address: string, host: HostStatus | null): AddressReception {
  if (host === null) {
    return { address, reception: 'unchecked', why: null };
  }
  const refused = host.refusedAddresses.find((each) => each.address === address);
  return refused === undefined
    ? { address, reception: 'ready', why: null }
    : { address, reception: 'refused', why: refused.why };
}

/** What readiness is judged by, beside the notices themselves. */
export interface ReadinessGround {
  readonly find: FindCertificate;
  /** What the helper of this host says; null when there is none. */
  readonly host: HostStatus | null;
  readonly now: EpochMs;
}

const good: ReadonlySet<CertificateState> = new Set(['valid', 'expiring']);

/** How each site of a snapshot would be seen by visitors, before any of them is diverted. */
export function readinessOf(
  book: NoticeBook,
  { find, host, now }: ReadinessGround,
): readonly SiteReadiness[] {
  const wanted = book.languagesOf(undefined);
  return book.sites.map((site) => {
    const hostnames = book
      .hostnamesOf(site)
      .map((hostname) => hostnameReadiness(hostname, find, now));
    const languages = book.languagesOf(site);
    const missingLanguages = wanted.filter((language) => !languages.includes(language));
    const needsHttps = book.needsHttps(site);
    const isGood = ({ certificate }: HostnameReadiness): boolean =>
      certificate === 'not-served' ? !needsHttps : good.has(certificate);
    const reception = book.addressesOf(site).map((address) => receptionOf(address, host));
    const isReady =
      missingLanguages.length === 0 &&
      hostnames.every(isGood) &&
      reception.every((each) => each.reception !== 'refused');
    return { site, isReady, hostnames, missingLanguages, reception };
  });
}
