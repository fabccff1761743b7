/** One flag per byte value. */
type ByteSet = Readonly<Uint8Array>;

function byteSet(isMember: (byte: number) => boolean): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isMember(byte) ? 1 : 0));
}

const tokenMarks = new Set(Buffer.from("!#$%&'*+-.^_`|~"));

const isAlphanumeric = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a);

/** `tchar` of RFC 9110 5.6.2: what methods and field names are made of. */
export const tokenBytes: ByteSet = byteSet((byte) => isAlphanumeric(byte) || tokenMarks.has(byte));

/** Field values of RFC 9110 5.5: visible bytes, obs-text, space and tab; never NUL, CR, LF or another control. */
export const valueBytes: ByteSet = byteSet(
  (byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f),
);

/** Request targets: anything visible, and raw bytes above ASCII, which old browsers still send in Korean paths. */
export const targetBytes: ByteSet = byteSet((byte) => byte > 0x20 && byte !== 0x7f);

/** The first position in [from, to) whose byte is not in the set; `to` when all are. */
export function skipBytes(bytes: Uint8Array, set: ByteSet, from: number, to: number): number {
  let at = from;
  while (at < to && set[bytes[at] ?? 0] === 1) {
    at += 1;
  }
  return at;
}

const hostForm = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~!$&'()*+,;=%-]{1,255})(?::\d{0,5})?$/;

/** True for `uri-host [":" port]` of RFC 9110 7.2; an empty one names nobody and is refused. */
export function isHostValid(host: string): boolean {
  return hostForm.test(host);
}

/** The authority of an absolute-form target (RFC 9112 3.2.2), or undefined when the target has no such form. */
export function authorityOf(target: string): string | undefined {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(target)?.[1];
}

const acmePrefix = '/.well-known/acme-challenge/';

/** The token of an ACME HTTP-01 path (RFC 8555 8.3), base64url only, so that it is also a safe file name. */
export function acmeTokenOf(target: string): string | undefined {
  const token = target.startsWith(acmePrefix) ? target.slice(acmePrefix.length) : '';
  return /^[A-Za-z0-9_-]{1,256}$/.test(token) ? token : undefined;
}
