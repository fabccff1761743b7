import type { X509Certificate } from 'node:crypto';

/** The certificate that answered for a name, and whether a browser without exceptions would trust its chain. */
export interface ShownCertificate {
  readonly leaf: X509Certificate;
  readonly isTrusted: boolean;
}

function isInForce({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now < Date.parse(validTo);
}

/**
 * How a certificate is worse than the one that a site itself shows; undefined when visitors lose nothing. Servers of one
 * site may have certificates of their own, so another one will do that is for the name, in force and as trusted.
 */
export function whyUnlike(
  seen: ShownCertificate,
  own: ShownCertificate,
  hostname: string,
  now: number = Date.now(),
): string | undefined {
  if (seen.leaf.raw.equals(own.leaf.raw)) {
    return undefined;
  }
  if (seen.leaf.checkHost(hostname) === undefined) {
    const names = seen.leaf.subjectAltName ?? 'no name';
    return `shows a certificate that is not for ${hostname} but for ${names}`;
  }
  if (!isInForce(seen.leaf, now)) {
    return `shows a certificate for ${hostname} that is not in force`;
  }
  return own.isTrusted && !seen.isTrusted
    ? `shows a certificate for ${hostname} that is not trusted, where the site itself shows one that is`
    : undefined;
}
