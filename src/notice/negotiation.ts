/** Forms a notice comes in, in our order of preference. */
export const formats = ['html', 'json', 'text'] as const;
export type Format = (typeof formats)[number];

/** Encodings a notice is kept in, smallest first. */
export const encodings = ['br', 'gzip', 'identity'] as const;
export type Encoding = (typeof encodings)[number];

interface Weighted {
  readonly value: string;
  readonly q: number;
}

/** More elements than this in one header are noise; the rest is not looked at. */
const maxElements = 32;

function parseWeighted(header: string): readonly Weighted[] {
  return header
    .split(',', maxElements)
    .map((element) => {
      const [value = '', ...parameters] = element.split(';');
      const weight = parameters
        .map((parameter) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(parameter)?.[1])
        .find((text) => text !== undefined);
      return { value: value.trim().toLowerCase(), q: Math.min(1, Number(weight ?? 1)) };
    })
    .filter(({ value }) => value !== '');
}

/** Media ranges that mean a format, most telling first. */
const rangesOf: Readonly<Record<Format, readonly (readonly string[])[]>> = {
  html: [['text/html', 'application/xhtml+xml'], ['text/*'], ['*/*']],
  json: [['application/problem+json', 'application/json'], ['application/*'], ['*/*']],
  text: [['text/plain'], ['text/*'], ['*/*']],
};

/** The weight of a format and how exactly it was named: 3 by name, 2 by type, 1 by wildcard. */
function formatRank(
  format: Format,
  ranges: readonly Weighted[],
): { readonly q: number; readonly precision: number } {
  for (const [index, names] of rangesOf[format].entries()) {
    const found = ranges.filter(({ value }) => names.includes(value));
    if (found.length > 0) {
      return { q: Math.max(...found.map(({ q }) => q)), precision: 3 - index };
    }
  }
  return { q: 0, precision: 0 };
}

/**
 * The formats in the order a client wants them (RFC 9110 12.5.1). Equal weights go to the one named more exactly,
 * so that a script that says `application/json, * / *` gets JSON. Never empty: a notice in a poor form beats none.
 */
export function formatOrder(accept: string | undefined): readonly Format[] {
  if (accept === undefined) {
    return formats;
  }
  const ranges = parseWeighted(accept);
  const ranked = formats
    .map((format) => ({ format, ...formatRank(format, ranges) }))
    .sort((a, b) => b.q - a.q || b.precision - a.precision);
  return ranked.map(({ format }) => format);
}

/** The encodings a client takes, best first (RFC 9110 12.5.3); equal weights go to the smaller. Identity is always last resort. */
export function encodingOrder(acceptEncoding: string | undefined): readonly Encoding[] {
  const taken = parseWeighted(acceptEncoding ?? '');
  const weightOf = (encoding: Encoding): number => {
    const named = taken.find(({ value }) => value === encoding || value === `x-${encoding}`);
    const any = taken.find(({ value }) => value === '*');
    return named?.q ?? any?.q ?? (encoding === 'identity' ? 0.001 : 0);
  };
  const wanted = encodings
    .map((encoding) => ({ encoding, q: weightOf(encoding) }))
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ encoding }) => encoding);
  return wanted.includes('identity') ? wanted : [...wanted, 'identity'];
}

/** The language tags a client wants, best first, each followed by its shorter forms (RFC 4647 3.4): `en-us`, `en`. */
export function languageOrder(acceptLanguage: string | undefined): readonly string[] {
  const tags = parseWeighted(acceptLanguage ?? '')
    .filter(({ value, q }) => q > 0 && /^(?:\*|[a-z0-9]{1,8}(?:-[a-z0-9]{1,8})*)$/.test(value))
    .sort((a, b) => b.q - a.q)
    .map(({ value }) => value);
  return tags.flatMap((tag) => {
    const parts = tag.split('-');
    return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
  });
}

/** More distinct header values than this are not browsers; the memory is then begun anew. */
const maxRemembered = 512;
/** Longer values are read each time, so that the memory stays under 256 KiB a header. */
const maxRememberedLength = 512;

/** Remembers what a header value was read as: browsers send a handful of values, over and over. */
export function remembered<T>(
  read: (header: string | undefined) => T,
): (header: string | undefined) => T {
  const memory = new Map<string | undefined, T>();
  return (header) => {
    const known = memory.get(header);
    if (known !== undefined) {
      return known;
    }
    const result = read(header);
    if ((header?.length ?? 0) <= maxRememberedLength) {
      if (memory.size >= maxRemembered) {
        memory.clear();
      }
      memory.set(header, result);
    }
    return result;
  };
}
