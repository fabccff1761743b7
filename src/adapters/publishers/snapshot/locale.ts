import { z } from 'zod';
import type { NoticeKind } from '../../../core/notice-kind.ts';
import { causes } from '../../../core/rule.ts';

const words = z.string().min(1).max(400);
const byKind = {
  outage: words,
  degraded: words,
  maintenance: words,
  mass: words,
} satisfies Record<NoticeKind, z.ZodType<string>>;
const headed = z.strictObject({ heading: words.max(80), text: words });

/** Each tone has its own colour. */
export const tones = ['incident', 'planned', 'safety'] as const;
export type Tone = (typeof tones)[number];

/** The form of a language: BCP 47, as it stands in Accept-Language and in the page's `lang`. */
export const languageForm = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

const isLocaleName = (name: string): boolean => {
  try {
    return Intl.getCanonicalLocales(name).length === 1;
  } catch {
    return false;
  }
};

/** Everything a notice needs in one language; there are no others, and each must be there. */
export const localeSchema = z.strictObject({
  language: z.string().regex(languageForm, 'must be a language such as ko, en or zh-Hans'),
  /** The locale whose habits of writing dates are used. */
  format: words.refine(isLocaleName, 'must be a locale such as ko-KR'),
  zones: z.record(z.string(), words),
  statusTitle: words,
  documentTitle: words,
  moment: words,
  momentWithoutZone: words,
  /** The small line above the heading: by kind, and for two tones of a failure. */
  eyebrow: z.strictObject({ ...byKind, planned: words, safety: words }),
  since: words,
  expected: words,
  expectedAround: words,
  expectedSoon: words,
  expectedMoments: words,
  expectedUnknown: words,
  expectedLate: words,
  links: words,
  contact: words,
  reference: words,
  retry: words,
  waiting: words,
  returning: words,
  goNow: words,
  noScript: words,
  posted: words,
  postedBack: words,
  degraded: z.strictObject({ advice: words }),
  maintenance: z.strictObject({ start: words, end: words, unknown: words, late: words }),
  mass: headed,
  standby: headed,
  neutral: headed,
  causes: z.record(z.enum(causes), headed),
});

/** Everything a notice can say in one language. */
export type Locale = z.infer<typeof localeSchema>;

/** The places that must be filled in where a text has them; a text without its place would say nothing. */
export const neededPlaces: readonly (readonly [key: keyof Locale, place: string])[] = [
  ['documentTitle', 'heading'],
  ['moment', 'time'],
  ['momentWithoutZone', 'time'],
  ['expectedAround', 'moment'],
  ['expectedSoon', 'moment'],
];

/** Fills `{name}` places; a name without a value stays as it is written. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}

/** The value for a language, else for the default language, else for any; with the language it is in. */
export function inLanguage(
  texts: Readonly<Record<string, string>>,
  language: string,
  defaultLanguage: string,
): { readonly text: string; readonly language: string } | undefined {
  for (const candidate of [language, defaultLanguage, ...Object.keys(texts)]) {
    const text = texts[candidate];
    if (text !== undefined && text.trim() !== '') {
      return { text, language: candidate };
    }
  }
  return undefined;
}
