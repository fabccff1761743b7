import type { Site } from '../../../core/site.ts';
import { inLanguage } from './locale.ts';

/** Words, and their language where it is not the page's. */
export interface Said {
  readonly text: string;
  readonly language: string | undefined;
}

/** Takes out what could reorder or hide text: control characters (line ends stay) and bidirectional overrides. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) =>
    character === '\n' ? '\n' : '',
  );
}

/** The words for readers of one language: theirs, else the default language's, else any; undefined when there are none. */
export function saidIn(
  texts: Readonly<Record<string, string>>,
  language: string,
  defaultLanguage: string,
): Said | undefined {
  const found = inLanguage(texts, language, defaultLanguage);
  return found === undefined
    ? undefined
    : {
        text: plain(found.text),
        language: found.language === language ? undefined : found.language,
      };
}

/** Longest title on a page; a longer one is cut. */
const maxTitleLength = 200;

/** The title of a site for readers of one language; the site's name when it has none. */
export function titleFor(
  site: Pick<Site, 'name' | 'title'>,
  language: string,
  defaultLanguage: string,
): Said {
  const title = saidIn(site.title, language, defaultLanguage);
  return title === undefined
    ? { text: site.name, language: undefined }
    : { ...title, text: title.text.slice(0, maxTitleLength) };
}

/** A link for a contact that is a mail address, a telephone number or a web address as a whole. */
export function hrefOf(contact: string): string | undefined {
  if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(contact)) {
    return `mailto:${contact}`;
  }
  if (/^\+?\d[\d -]{2,20}$/.test(contact)) {
    return `tel:${contact.replaceAll(/[ -]/g, '')}`;
  }
  return /^https?:\/\/[\w.-]+(\/\S*)?$/.test(contact) ? contact : undefined;
}
