import { parse } from 'yaml';
import { z } from 'zod';
import { causes } from '../../../core/rule.ts';
import { DetourError, errorChain } from '../../../lib/errors.ts';

const words = z.string().min(1).max(400);
const headed = z.strictObject({ heading: words.max(80), text: words });

/** Each tone has its own colour and its own small line above the heading. */
export const tones = ['incident', 'planned', 'safety'] as const;
export type Tone = (typeof tones)[number];

const localeSchema = z.strictObject({
  /** BCP 47, as it stands in Accept-Language and in the page's `lang`. */
  language: z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/),
  /** The locale whose habits of writing dates are used. */
  format: words,
  zones: z.record(z.string(), words),
  statusTitle: words,
  documentTitle: words,
  moment: words,
  momentWithoutZone: words,
  eyebrow: z.strictObject({ incident: words, planned: words, safety: words }),
  since: words,
  expected: words,
  expectedUnknown: words,
  expectedLate: words,
  links: words,
  contact: words,
  reference: words,
  retry: words,
  waiting: words,
  returning: words,
  standby: headed,
  neutral: headed,
  causes: z.record(z.enum(causes), headed),
});

/** Everything a notice can say in one language. */
export type Locale = z.infer<typeof localeSchema>;

/** Reads one language file; rejects a missing or unknown key with DETOUR_NOTICE_TEMPLATE_INVALID naming all of them. */
export function parseLocale(text: string, file: string): Locale {
  try {
    const result = localeSchema.safeParse(parse(text));
    if (result.success) {
      return result.data;
    }
    throw new Error(z.prettifyError(result.error));
  } catch (error) {
    throw new DetourError(`Could not use the words in ${file}: ${errorChain(error)}`, {
      code: 'DETOUR_NOTICE_TEMPLATE_INVALID',
      cause: error,
    });
  }
}

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
