import { createHash } from 'node:crypto';

/** The fingerprint of a public host key as `ssh-keygen -l` prints it: `SHA256:` and base64 without padding. */
export function hostKeyFingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The kind of key (`ssh-ed25519`, …): the first string of its wire form, RFC 4253 section 6.6. */
export function hostKeyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  const text = key.toString('latin1', 4, 4 + Math.min(length, 64));
  return /^[a-z0-9@.-]+$/.test(text) ? text : 'unknown type';
}
