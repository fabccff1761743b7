import type { NoticeOrder } from '../../../core/command.ts';
import { type Cause, causes } from '../../../core/rule.ts';
import type { Site } from '../../../core/site.ts';
import type { EpochMs } from '../../../lib/time.ts';
import type { NoticeText } from '../../../ports/notice-text.ts';
import { fill, inLanguage, type Locale, type Tone } from './locale.ts';
import type { WriteMoment } from './moment.ts';

/** One language a notice can be written in. */
export interface Voice {
  readonly locale: Locale;
  readonly writeMoment: WriteMoment;
}

/** How a waiting page paces its return, in milliseconds. */
export interface ReturnPace {
  /** Between two looks at the site: a random time from least to most, four times that in a hidden tab. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** Once the site answers: a random time up to this, so that a waiting crowd does not arrive at once. */
  readonly spreadMs: number;
}

/** Half a minute on average keeps a waiting crowd of 10,000 under 350 requests a second. */
export const defaultReturnPace: ReturnPace = { leastMs: 20_000, mostMs: 40_000, spreadMs: 30_000 };

/** All that one notice is made from. */
export interface NoticeFacts {
  readonly site: Pick<Site, 'name' | 'title' | 'noticeStatus'>;
  readonly text: NoticeText;
  readonly order: NoticeOrder;
  /** The recovery time in force, if there is one; the order's, else the text's. */
  readonly expectedRecoveryAt?: EpochMs;
}

/** A piece of text; the language stands only where it differs from the page's. */
interface Said {
  readonly text: string;
  readonly language: string | undefined;
}

/** What a page template may say. Every key is there, so that strict templates find a misspelt one. */
export interface NoticeModel {
  readonly language: string;
  readonly tone: Tone;
  readonly pace: string;
  readonly documentTitle: string;
  readonly logo: string | undefined;
  readonly title: string;
  readonly titleLanguage: string | undefined;
  readonly eyebrow: string;
  readonly heading: string;
  readonly paragraphs: readonly Said[];
  readonly since: string;
  readonly sinceIso: string;
  /** The promise as words and as ISO 8601; undefined when there is none, or none any more. */
  readonly expected: string | undefined;
  readonly expectedIso: string | undefined;
  /** What to say instead of a promise. */
  readonly expectedOpen: string;
  readonly contact: string | undefined;
  readonly contactHref: string | undefined;
  readonly links: readonly {
    readonly url: string;
    readonly label: string;
    readonly language: string | undefined;
  }[];
  readonly incident: string;
  readonly words: Locale;
}

const toneOf: Partial<Record<Cause, Tone>> = {
  maintenance: 'planned',
  operator: 'planned',
  'shared-address': 'planned',
  defacement: 'safety',
  'tls-failure': 'safety',
};

/** The cause whose words are used: itself, or `unknown` for one that a rule file made up. */
export function knownCause(cause: string): Cause {
  return causes.find((known) => known === cause) ?? 'unknown';
}

/** Takes out what could reorder or hide text: control characters (line ends stay) and bidirectional overrides. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) =>
    character === '\n' ? '\n' : '',
  );
}

/** A link for a contact that is a mail address, a telephone number or a web address as a whole. */
function hrefOf(contact: string): string | undefined {
  if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(contact)) {
    return `mailto:${contact}`;
  }
  if (/^\+?[\d][\d -]{5,20}$/.test(contact)) {
    return `tel:${contact.replaceAll(/[ -]/g, '')}`;
  }
  return /^https?:\/\/[\w.-]+(\/\S*)?$/.test(contact) ? contact : undefined;
}

/** The title a reader of this language gets: theirs, else the default language's, else any, else the site's name. */
export function titleFor(
  site: NoticeFacts['site'],
  language: string,
  defaultLanguage: string,
): { readonly text: string; readonly language: string } {
  const title = inLanguage(site.title, language, defaultLanguage);
  return title === undefined
    ? { text: site.name, language }
    : { text: plain(title.text).slice(0, 200), language: title.language };
}

/** A person's words replace the cause's; words that exist in another language only follow the cause's. */
function paragraphsOf(
  { text, order }: NoticeFacts,
  { locale }: Voice,
  defaultLanguage: string,
): readonly Said[] {
  const own = inLanguage(text.message ?? {}, locale.language, defaultLanguage);
  const cause = { text: locale.causes[knownCause(order.cause)].text, language: undefined };
  if (own === undefined) {
    return [cause];
  }
  return own.language === locale.language
    ? [{ text: plain(own.text), language: undefined }]
    : [cause, { text: plain(own.text), language: own.language }];
}

/** Puts a notice into words. `isLate`: the expected recovery has passed and is no promise any more. */
export function noticeModel(
  facts: NoticeFacts,
  voice: Voice,
  options: {
    readonly defaultLanguage: string;
    readonly pace: ReturnPace;
    readonly isLate: boolean;
  },
): NoticeModel {
  const { site, text, order } = facts;
  const { locale, writeMoment } = voice;
  const { language } = locale;
  const title = titleFor(site, language, options.defaultLanguage);
  const cause = knownCause(order.cause);
  const tone = toneOf[cause] ?? 'incident';
  const { heading } = locale.causes[cause];
  const expectedAt = options.isLate ? undefined : facts.expectedRecoveryAt;
  const contact = text.contact === undefined ? undefined : plain(text.contact);
  const foreign = (other: string): string | undefined => (other === language ? undefined : other);
  return {
    language,
    tone,
    pace: `${options.pace.leastMs} ${options.pace.mostMs} ${options.pace.spreadMs}`,
    documentTitle: fill(locale.documentTitle, { heading, title: title.text }),
    logo: text.logo,
    title: title.text,
    titleLanguage: foreign(title.language),
    eyebrow: locale.eyebrow[tone],
    heading,
    paragraphs: paragraphsOf(facts, voice, options.defaultLanguage),
    since: writeMoment(order.since),
    sinceIso: new Date(order.since).toISOString(),
    expected: expectedAt === undefined ? undefined : writeMoment(expectedAt),
    expectedIso: expectedAt === undefined ? undefined : new Date(expectedAt).toISOString(),
    expectedOpen: options.isLate ? locale.expectedLate : locale.expectedUnknown,
    contact,
    contactHref: contact === undefined ? undefined : hrefOf(contact),
    links: (text.links ?? []).map(({ url, label }) => {
      const said = inLanguage(label, language, options.defaultLanguage);
      return {
        url,
        label: said === undefined ? url : plain(said.text),
        language: said === undefined ? undefined : foreign(said.language),
      };
    }),
    incident: order.incident,
    words: locale,
  };
}
