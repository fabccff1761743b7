import type { Site } from '../core/site.ts';
import type { Challenge } from './snapshot.ts';

/** A new certificate with its chain and its key, both PEM. */
export interface IssuedCertificate {
  readonly chain: string;
  readonly key: string;
}

/** Issues certificates. Rejects with DETOUR_CERTIFICATE_FAILED. */
export interface CertificateAuthority {
  /**
   * Orders a certificate for one hostname, with a key made for it. `present` is called with what the authority will ask
   * for over HTTP, and the authority is told to ask only once it has resolved.
   */
  issue(
    hostname: string,
    present: (challenge: Challenge) => Promise<void>,
  ): Promise<IssuedCertificate>;
}

/** Keeps certificates where the notice plane finds them. */
export interface CertificateShelf {
  /** Takes a certificate into use, if key, name and dates are right; rejects with DETOUR_CERTIFICATE_FAILED. */
  put(hostname: string, issued: IssuedCertificate): Promise<void>;
}

/** Asks as a certificate authority would. */
export interface ChallengePath {
  /** True when every address of the site gives this answer for one of its hostnames. Never rejects. */
  isAnswered(
    site: Site,
    hostname: string,
    challenge: Challenge,
    signal: AbortSignal,
  ): Promise<boolean>;
}
