import Handlebars from 'handlebars';
import type { NoticeOrder } from '../../../core/command.ts';
import { type NoticeKind, noticeKind } from '../../../core/notice-kind.ts';
import { type Cause, causes } from '../../../core/rule.ts';
import type { Site } from '../../../core/site.ts';
import { markdownHtml } from '../../../lib/markdown.ts';
import type { EpochMs } from '../../../lib/time.ts';
import type { NoticeText } from '../../../ports/notice-text.ts';
import type { Nearness } from './ageing.ts';
import { fill, type Locale, type Tone } from './locale.ts';
import type { WriteMoment } from './moment.ts';
import { hrefOf, plain, type Said, saidIn, titleFor } from './said.ts';

/** One language a notice can be written in. */
export interface Voice {
  readonly locale: Locale;
  readonly writeMoment: WriteMoment;
}

/** All that one notice is made from. */
export interface NoticeFacts {
  readonly site: Pick<Site, 'name' | 'title' | 'noticeStatus'>;
  readonly text: NoticeText;
  readonly order: NoticeOrder;
  /** The recovery time in force, if there is one. */
  readonly expectedRecoveryAt?: EpochMs;
}

/** What a page template may say. Every key is there, so that a misspelt name is found when a template is read. */
export interface NoticeModel {
  readonly language: string;
  readonly kind: NoticeKind;
  readonly tone: Tone;
  /** Least and most milliseconds between two looks at the site, and over how many a crowd is spread on its way back. */
  readonly pace: string;
  readonly documentTitle: string;
  readonly logo: string | undefined;
  readonly title: string;
  readonly titleLanguage: string | undefined;
  readonly eyebrow: string;
  readonly heading: string;
  /** The sentence of the cause; undefined where a person wrote one in this language. */
  readonly lead: string | undefined;
  /** What a person wrote, as HTML, and as it was written. */
  readonly body: Handlebars.SafeString | undefined;
  readonly bodySource: string | undefined;
  readonly bodyLanguage: string | undefined;
  readonly sinceLabel: string;
  readonly since: string;
  readonly sinceIso: string;
  readonly expectedLabel: string;
  /** The promise as words and as ISO 8601; undefined when there is none, or none any more. */
  readonly expected: string | undefined;
  readonly expectedIso: string | undefined;
  /** What to say instead of a promise. */
  readonly expectedOpen: string;
  /** What to say once the promise has passed. */
  readonly expectedLate: string;
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
  defacement: 'safety',
  'tls-failure': 'safety',
};

/** The cause whose words are used: itself, or `unknown` for one that a rule file made up. */
export function knownCause(cause: string): Cause {
  return causes.find((known) => known === cause) ?? 'unknown';
}

function eyebrowOf(kind: NoticeKind, tone: Tone, { eyebrow }: Locale): string {
  return kind === 'outage' && tone !== 'incident' ? eyebrow[tone] : eyebrow[kind];
}

/** The labels and words about time: planned work has a beginning and an end, a failure only a hope. */
function timeWords(
  kind: NoticeKind,
  words: Locale,
): Pick<NoticeModel, 'sinceLabel' | 'expectedLabel' | 'expectedOpen' | 'expectedLate'> {
  const { maintenance } = words;
  return kind === 'maintenance'
    ? {
        sinceLabel: maintenance.start,
        expectedLabel: maintenance.end,
        expectedOpen: maintenance.unknown,
        expectedLate: maintenance.late,
      }
    : {
        sinceLabel: words.since,
        expectedLabel: words.expected,
        expectedOpen: words.expectedUnknown,
        expectedLate: words.expectedLate,
      };
}

/** A planned end is named as it was planned; anything else is a guess and says so. */
function promise(kind: NoticeKind, nearness: Nearness, moment: string, words: Locale): string {
  if (kind === 'maintenance') {
    return moment;
  }
  return fill(nearness === 'soon' ? words.expectedSoon : words.expectedAround, { moment });
}

type TimeModel = Pick<
  NoticeModel,
  'sinceLabel' | 'expectedLabel' | 'expectedOpen' | 'expectedLate' | 'expected' | 'expectedIso'
>;

function timeModel(
  { expectedRecoveryAt: at }: NoticeFacts,
  { locale, writeMoment }: Voice,
  kind: NoticeKind,
  nearness: Nearness,
): TimeModel {
  const labels = timeWords(kind, locale);
  if (at === undefined || nearness === 'open' || nearness === 'late') {
    const expectedOpen = nearness === 'late' ? labels.expectedLate : labels.expectedOpen;
    return { ...labels, expectedOpen, expected: undefined, expectedIso: undefined };
  }
  const expected = promise(kind, nearness, writeMoment(at), locale);
  return { ...labels, expected, expectedIso: new Date(at).toISOString() };
}

type WordModel = Pick<NoticeModel, 'lead' | 'body' | 'bodySource' | 'bodyLanguage'>;

/** A person's words replace the cause's; words that exist in another language only follow the cause's. */
function wordModel({ text }: NoticeFacts, lead: string, own: Said | undefined): WordModel {
  if (own === undefined || text.message === undefined) {
    return { lead, body: undefined, bodySource: undefined, bodyLanguage: undefined };
  }
  return {
    lead: own.language === undefined ? undefined : lead,
    body: new Handlebars.SafeString(markdownHtml(own.text)),
    bodySource: own.text,
    bodyLanguage: own.language,
  };
}

function contactModel(text: NoticeText): Pick<NoticeModel, 'contact' | 'contactHref'> {
  const contact = text.contact === undefined ? undefined : plain(text.contact);
  return { contact, contactHref: contact === undefined ? undefined : hrefOf(contact) };
}

/** Puts a notice into words, for one language and one distance from its promised recovery. */
export function noticeModel(
  facts: NoticeFacts,
  voice: Voice,
  options: {
    readonly defaultLanguage: string;
    readonly pace: string;
    readonly nearness: Nearness;
  },
): NoticeModel {
  const { site, text, order } = facts;
  const { locale, writeMoment } = voice;
  const { language } = locale;
  const { defaultLanguage, pace, nearness } = options;
  const kind = noticeKind(order);
  const cause = knownCause(order.cause);
  const tone = kind === 'mass' ? 'incident' : (toneOf[cause] ?? 'incident');
  const { heading, text: lead } = kind === 'mass' ? locale.mass : locale.causes[cause];
  const title = titleFor(site, language, defaultLanguage);
  return {
    language,
    kind,
    tone,
    pace,
    documentTitle: fill(locale.documentTitle, { heading, title: title.text }),
    logo: text.logo,
    title: title.text,
    titleLanguage: title.language,
    eyebrow: eyebrowOf(kind, tone, locale),
    heading,
    ...wordModel(facts, lead, saidIn(text.message ?? {}, language, defaultLanguage)),
    since: writeMoment(order.since),
    sinceIso: new Date(order.since).toISOString(),
    ...timeModel(facts, voice, kind, nearness),
    ...contactModel(text),
    links: (text.links ?? []).map(({ url, label }) => {
      const said = saidIn(label, language, defaultLanguage);
      return { url, label: said?.text ?? url, language: said?.language };
    }),
    incident: order.incident,
    words: locale,
  };
}
