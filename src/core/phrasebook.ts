import type { Reason } from './reason.ts';

/** A sentence with its `{blanks}`, and how another language says it with the same blanks. */
export type Phrase = readonly [english: string, other: string];

/**
 * How another language says what the record says. The record itself has one language, so that its chain, old entries and
 * the stores stay as they are; a reader in another language has each sentence found here.
 */
export interface Phrasebook {
  /** The sentences that come with a reason. */
  readonly reasons: Readonly<Partial<Record<Reason, readonly Phrase[]>>>;
  /** Sentences that come with many reasons. */
  readonly anywhere: readonly Phrase[];
  /** What fills the blank of a name and is words of ours as well; all else stays as it was said. */
  readonly inner: Readonly<Record<string, readonly Phrase[]>>;
  readonly duration: (duration: string) => string;
}

const blank = /\{(\w+)\}/g;

/** Each phrase is looked for thousands of times, and never changes. */
const patterns = new WeakMap<Phrase, RegExp>();

function patternOf(phrase: Phrase): RegExp {
  const known = patterns.get(phrase);
  if (known !== undefined) {
    return known;
  }
  const named = new Set<string>();
  const source = phrase[0]
    .replace(/[$()*+.?[\\\]^|]/g, String.raw`\$&`)
    .replace(blank, (_, name) => {
      // A blank that comes twice is filled twice with the same.
      const again = named.has(name);
      named.add(name);
      return again ? String.raw`\k<${name}>` : `(?<${name}>.*?)`;
    });
  const pattern = new RegExp(`^${source}$`, 's');
  patterns.set(phrase, pattern);
  return pattern;
}

function fill(book: Phrasebook, name: string, said: string): string {
  if (name === 'duration') {
    return book.duration(said);
  }
  return sayPhrase(book, book.inner[name] ?? [], said) ?? said;
}

/** Says a text by the first phrase that it fits; undefined where it fits none. */
export function sayPhrase(
  book: Phrasebook,
  phrases: readonly Phrase[],
  text: string,
): string | undefined {
  for (const phrase of phrases) {
    const said = patternOf(phrase).exec(text);
    if (said !== null) {
      return phrase[1].replace(blank, (_, name) => fill(book, name, said.groups?.[name] ?? ''));
    }
  }
  return undefined;
}

/** Says a sentence of the record in the language of the book; undefined where the book has no such sentence. */
export function sayFrom(book: Phrasebook, reason: Reason, text: string): string | undefined {
  const said =
    sayPhrase(book, book.reasons[reason] ?? [], text) ?? sayPhrase(book, book.anywhere, text);
  if (said !== undefined) {
    return said;
  }
  // In the story of many sites, a line begins with the site that it is about.
  const [, site, rest] = /^([a-z0-9][a-z0-9-]*): (.+)$/s.exec(text) ?? [];
  const own = rest === undefined ? undefined : sayPhrase(book, book.reasons[reason] ?? [], rest);
  return own === undefined ? undefined : `${site}: ${own}`;
}
