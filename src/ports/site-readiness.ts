import type { EpochMs } from '../lib/time.ts';

/** How a hostname stands with its certificate: a closed set. `not-served` where the notice plane speaks no TLS at all. */
export const certificateStates = [
  'valid',
  'expiring',
  'expired',
  'not-yet-valid',
  'missing',
  'not-served',
] as const;
export type CertificateState = (typeof certificateStates)[number];

export interface HostnameReadiness {
  readonly hostname: string;
  readonly certificate: CertificateState;
  /** When the certificate ends; null without one. */
  readonly expiresAt: EpochMs | null;
}

/**
 * Whether a notice host would take an address: a closed set. `unchecked` where no helper answers, so that the addresses
 * are taken by other means, or by none.
 */
export const receptionStates = ['ready', 'refused', 'unchecked'] as const;
export type ReceptionState = (typeof receptionStates)[number];

export interface AddressReception {
  readonly address: string;
  readonly reception: ReceptionState;
  /** Why it would not be taken; null when it would, or when nobody can say. */
  readonly why: string | null;
}

/** What visitors of a site would get if it were diverted now, as far as the notice plane can tell. */
export interface SiteReadiness {
  readonly site: string;
  /** Every hostname has a certificate that browsers take, the notice is there in every language, and no address is refused. */
  readonly isReady: boolean;
  readonly hostnames: readonly HostnameReadiness[];
  /** Languages that the neutral notice has and this one has not. */
  readonly missingLanguages: readonly string[];
  readonly reception: readonly AddressReception[];
}
