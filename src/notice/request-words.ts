/** The fields of a request that the notice plane looks at. */
const watchedFields = [
  'host',
  'accept',
  'upgrade',
  'connection',
  'user-agent',
  'content-length',
  'accept-language',
  'accept-encoding',
  'x-forwarded-for',
  'transfer-encoding',
] as const;
export type WatchedField = (typeof watchedFields)[number];

interface Spelling {
  readonly name: WatchedField;
  readonly bytes: Buffer;
}

/** By the length of the name: most fields of a browser are passed over without a byte compared. */
const spellings: readonly (readonly Spelling[])[] = Array.from({ length: 18 }, (_, length) =>
  watchedFields
    .filter((name) => name.length === length)
    .map((name) => ({ name, bytes: Buffer.from(name) })),
);

const caseBit = 0x20;

/** True when the bytes from `start` are a lower-case word of letters and hyphens, in any case. Among bytes that may stand in a field, the bit turns nothing else into it. */
export function isSpelt(bytes: Buffer, start: number, spelling: Buffer): boolean {
  for (let at = 0; at < spelling.length; at += 1) {
    if (((bytes[start + at] ?? 0) | caseBit) !== spelling[at]) {
      return false;
    }
  }
  return true;
}

/** The field that the token in [start, end) names in any case, without making text of it; undefined for one we pass over. */
export function watchedField(bytes: Buffer, start: number, end: number): WatchedField | undefined {
  const candidates = spellings[end - start];
  if (candidates !== undefined) {
    for (const { name, bytes: spelling } of candidates) {
      if (isSpelt(bytes, start, spelling)) {
        return name;
      }
    }
  }
  return;
}

const versionFront = Buffer.from('HTTP/1.');
const zero = 0x30;

/** The minor number of an HTTP/1 version, which is written in upper case with one digit; undefined for anything else. */
export function minorVersion(bytes: Buffer, start: number, end: number): number | undefined {
  if (end - start !== versionFront.length + 1) {
    return;
  }
  for (let at = 0; at < versionFront.length; at += 1) {
    if (bytes[start + at] !== versionFront[at]) {
      return;
    }
  }
  const minor = (bytes[end - 1] ?? 0) - zero;
  return minor >= 0 && minor <= 9 ? minor : undefined;
}

const get = Buffer.from('GET');

/** The method in [start, end); the one that nearly all requests have costs no new text. */
export function methodOf(bytes: Buffer, start: number, end: number): string {
  const isGet =
    end - start === get.length &&
    bytes[start] === get[0] &&
    bytes[start + 1] === get[1] &&
    bytes[start + 2] === get[2];
  return isGet ? 'GET' : bytes.toString('latin1', start, end);
}
