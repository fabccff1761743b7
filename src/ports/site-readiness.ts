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

/** What visitors of a site would get if it were diverted now, as far as the notice plane can tell. */
export interface SiteReadiness {
  readonly site: string;
  /** Every hostname has a certificate that browsers take, and the notice is there in every language. */
  readonly isReady: boolean;
  readonly hostnames: readonly HostnameReadiness[];
  /** Languages that the neutral notice has and this one has not. */
  readonly missingLanguages: readonly string[];
}
