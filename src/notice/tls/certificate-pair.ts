import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { EpochMs } from '../../lib/time.ts';

/** A certificate with its chain and its key, found to belong together. */
export interface CertificatePair {
  /** What its files are called by; `*.example.kr` for a wildcard. */
  readonly label: string;
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The DNS names it is good for, lower case. */
  readonly names: readonly string[];
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
  readonly fingerprint: string;
}

/** Why a pair of files is not used: a closed set. */
export const pairProblems = [
  'half-missing',
  'unreadable',
  'key-mismatch',
  'name-mismatch',
] as const;
export type PairProblem = (typeof pairProblems)[number];

export interface PemFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Names as the certificate gives them. The common name counts for nothing: no browser looks at it any more. */
function dnsNames({ subjectAltName }: X509Certificate): readonly string[] {
  const found = (subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^\s,"]+)/g);
  return [...found].map(([, name = '']) => name.toLowerCase());
}

/** The wildcard that covers a name: `*.example.kr` for `www.example.kr`. It covers one label, never more. */
export function wildcardOf(name: string): string {
  return `*${name.slice(Math.max(0, name.indexOf('.')))}`;
}

/** Holds certificate and key against each other and, when the files are called by a hostname, against that name. */
export function readPair(
  label: string,
  { cert, key }: PemFiles,
  isHostname: boolean,
): CertificatePair | PairProblem {
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) {
      return 'key-mismatch';
    }
    const names = dnsNames(certificate);
    if (isHostname && !names.includes(label) && !names.includes(wildcardOf(label))) {
      return 'name-mismatch';
    }
    return {
      label,
      cert,
      key,
      names,
      notBefore: certificate.validFromDate.getTime(),
      notAfter: certificate.validToDate.getTime(),
      fingerprint: certificate.fingerprint256,
    };
  } catch {
    return 'unreadable';
  }
}
