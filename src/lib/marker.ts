import { type KeyObject, sign, verify } from 'node:crypto';

/** What a marker proves: this site's notice of this generation came from us. Generation 0 is a standby or neutral notice. */
export interface SignedMarker {
  readonly site: string;
  readonly generation: number;
}

/** The name that stands in the marker of answers for hostnames that are nobody's here. */
export const neutralSite = '-';

const form = /^site=([a-z0-9-]{1,63}); generation=(\d{1,15}); signature=([A-Za-z0-9_-]{86})$/;

const signedText = ({ site, generation }: SignedMarker): Buffer =>
  Buffer.from(`detour-notice\n${site}\n${generation}\n`);

/** Writes the value of the Detour-Notice header, signed with Ed25519 (RFC 8032). */
export function writeMarker(marker: SignedMarker, privateKey: KeyObject): string {
  const signature = sign(null, signedText(marker), privateKey).toString('base64url');
  return `site=${marker.site}; generation=${marker.generation}; signature=${signature}`;
}

/** Reads a header value; undefined unless its signature holds. Never throws, whatever the value. */
export function readMarker(value: string, publicKey: KeyObject): SignedMarker | undefined {
  const match = form.exec(value);
  if (match === null) {
    return undefined;
  }
  const [, site = '', generation = '', signature = ''] = match;
  const marker = { site, generation: Number(generation) };
  return verify(null, signedText(marker), publicKey, Buffer.from(signature, 'base64url'))
    ? marker
    : undefined;
}
