import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { day } from '../../lib/time.ts';

/** A certificate with its key, as PEM. */
export interface PemPair {
  readonly cert: string;
  readonly key: string;
}

/** The name in the certificate. RFC 6761: nobody can own it, so it can never be taken for a customer's. */
const commonName = 'notice.invalid';
/** Longer than any process lives without a restart. */
const validMs = 3_650 * day;

const tag = {
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
} as const;

function lengthBytes(length: number): Buffer {
  if (length < 0x80) {
    return Buffer.from([length]);
  }
  return length < 0x1_00
    ? Buffer.from([0x81, length])
    : Buffer.from([0x82, length >> 8, length & 0xff]);
}

/** One element of DER (X.690): tag, length, content. */
function der(type: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type]), lengthBytes(content.length), content]);
}

const ecdsaWithSha256 = der(
  tag.sequence,
  der(tag.oid, Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])),
);

const subject = der(
  tag.sequence,
  der(
    tag.set,
    der(
      tag.sequence,
      der(tag.oid, Buffer.from([0x55, 0x04, 0x03])),
      der(tag.utf8, Buffer.from(commonName)),
    ),
  ),
);

/** `YYMMDDHHMMSSZ`, good until 2050 (RFC 5280 4.1.2.5). */
function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return der(tag.utcTime, Buffer.from(`${digits}Z`));
}

/**
 * Makes the certificate for names that are nobody's here: self-signed, of a name that cannot exist, with a key that lives
 * in memory alone. A browser warns of it, which is right; it names no customer.
 */
export function makeNeutralCertificate(now: number): PemPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  // RFC 5280 4.1.2.2: positive, so the highest bit stays clear.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const body = der(
    tag.sequence,
    der(tag.version, der(tag.integer, Buffer.from([2]))),
    der(tag.integer, serial),
    ecdsaWithSha256,
    subject,
    der(tag.sequence, utcTime(now - day), utcTime(Math.min(now + validMs, Date.UTC(2049, 0)))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = der(
    tag.sequence,
    body,
    ecdsaWithSha256,
    der(tag.bitString, Buffer.from([0]), signature),
  );
  const lines = whole.toString('base64').replaceAll(/.{1,64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
