const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

const relatives = new Map<string, Intl.RelativeTimeFormat>();
const moments = new Map<string, Intl.DateTimeFormat>();

function cached<Format>(cache: Map<string, Format>, language: string, make: () => Format): Format {
  const known = cache.get(language);
  if (known !== undefined) {
    return known;
  }
  const made = make();
  cache.set(language, made);
  return made;
}

/** `3 minutes ago`, `in 2 hours`, in the language of the page. */
export function relativeTime(iso: string, now: number, language: string): string {
  const format = cached(
    relatives,
    language,
    () => new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' }),
  );
  const seconds = Math.round((Date.parse(iso) - now) / 1_000);
  const [unit, size] = units.find(([, least]) => Math.abs(seconds) >= least) ?? ['second', 1];
  return format.format(Math.trunc(seconds / size), unit);
}

/** The whole moment in the reader's own time zone. */
export function wholeTime(iso: string, language: string): string {
  const format = cached(
    moments,
    language,
    () => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }),
  );
  return format.format(Date.parse(iso));
}
