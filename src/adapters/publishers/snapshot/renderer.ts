import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochMs } from '../../../lib/time.ts';
import type { SnapshotBody, SnapshotEdition } from '../../../ports/snapshot.ts';
import { type PlainBody, packBody } from './compress.ts';
import { fill, type Locale, parseLocale } from './locale.ts';
import {
  defaultReturnPace,
  type NoticeFacts,
  type NoticeModel,
  noticeModel,
  type ReturnPace,
  titleFor,
  type Voice,
} from './model.ts';
import { momentWriter } from './moment.ts';
import { problemBody, textBody } from './plain-bodies.ts';
import { sampleModels, sampleSmallModels } from './samples.ts';
import { renderSmallPage } from './small-page.ts';
import { loadTemplate, type Template } from './template.ts';

const html = 'text/html; charset=utf-8';
const text = 'text/plain; charset=utf-8';
const json = 'application/problem+json';

export interface RendererOptions {
  readonly defaultLanguage: string;
  /** The zone in which moments are written: where the sites' visitors are. Default Asia/Seoul. */
  readonly timeZone?: string;
  /** Folder with the owner's `notice.hbs`, `small.hbs` and `locales/*.yaml`, over the shipped ones. */
  readonly templates?: string;
  readonly pace?: ReturnPace;
}

/** A notice that names no cause: standby of a registered site, or the neutral answer to strangers. */
export interface QuietFacts {
  readonly kind: 'standby' | 'neutral';
  /** Name of the site, or `-`. */
  readonly site: string;
  readonly status: number;
  readonly title: Readonly<Record<string, string>>;
}

/** Reads the shipped language files and the owner's; a file of the owner's replaces the shipped one of that language. */
export function loadLocales(ownFolder?: string): ReadonlyMap<string, Locale> {
  const locales = new Map<string, Locale>();
  const folders = [join(import.meta.dirname, 'locales')];
  if (ownFolder !== undefined && existsSync(join(ownFolder, 'locales'))) {
    folders.push(join(ownFolder, 'locales'));
  }
  for (const folder of folders) {
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.yaml'))) {
      const file = join(folder, name);
      const locale = parseLocale(readFileSync(file, 'utf8'), file);
      locales.set(locale.language, locale);
    }
  }
  return locales;
}

/** Turns the facts of notices into bodies, ready to be sent. Templates and words are read and checked once, when it is opened. */
export class NoticeRenderer {
  /** Allows exactly the styles and the script of the shipped pages, pictures from data: URLs, and asking its own origin. */
  readonly contentSecurityPolicy: string;
  /** In the order of their names; the default language first. */
  readonly languages: readonly string[];
  readonly #options: RendererOptions & { readonly pace: ReturnPace };
  readonly #voices: readonly Voice[];
  readonly #full: Template;
  readonly #small: Template;

  /** Throws DETOUR_NOTICE_TEMPLATE_INVALID when a template or a language file cannot be used. */
  constructor(options: RendererOptions) {
    this.#options = { ...options, pace: options.pace ?? defaultReturnPace };
    const locales = [...loadLocales(options.templates).values()].sort((one, other) =>
      this.#rank(one).localeCompare(this.#rank(other)),
    );
    const timeZone = options.timeZone ?? 'Asia/Seoul';
    this.#voices = locales.map((locale) => ({
      locale,
      writeMoment: momentWriter(locale, timeZone),
    }));
    this.languages = locales.map(({ language }) => language);
    this.#full = loadTemplate(this.#fileOf('notice.hbs'), sampleModels(this.#voices));
    this.#small = loadTemplate(this.#fileOf('small.hbs'), sampleSmallModels(this.#voices));
    const sources = (key: 'styleHashes' | 'scriptHashes'): string =>
      [...this.#full[key], ...this.#small[key]].join(' ') || "'none'";
    this.contentSecurityPolicy = [
      "default-src 'none'",
      `style-src ${sources('styleHashes')}`,
      `script-src ${sources('scriptHashes')}`,
      "connect-src 'self'",
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; ');
  }

  /**
   * Renders a notice in every language and format. With an expected recovery ahead there are two editions:
   * the promise until that moment, and from then on the word that it takes longer.
   */
  async notice(facts: NoticeFacts, now: EpochMs): Promise<readonly SnapshotEdition[]> {
    const { expectedRecoveryAt: until } = facts;
    const open = { bodies: await this.#pack(this.#noticeBodies(facts, until !== undefined)) };
    if (until === undefined || until <= now) {
      return [open];
    }
    return [{ until, bodies: await this.#pack(this.#noticeBodies(facts, false)) }, open];
  }

  /** Renders a standby or neutral notice: the small page in both sizes, for there may be thousands of them. */
  async quiet(facts: QuietFacts): Promise<readonly SnapshotEdition[]> {
    return [
      {
        bodies: await this.#pack(this.#voices.flatMap((voice) => this.#quietBodies(facts, voice))),
      },
    ];
  }

  async #pack(bodies: readonly PlainBody[]): Promise<readonly SnapshotBody[]> {
    return await Promise.all(bodies.map(packBody));
  }

  #rank({ language }: Locale): string {
    return language === this.#options.defaultLanguage ? '' : language;
  }

  #fileOf(name: string): string {
    const { templates } = this.#options;
    const own = templates === undefined ? undefined : join(templates, name);
    return own !== undefined && existsSync(own)
      ? own
      : join(import.meta.dirname, 'templates', name);
  }

  #noticeBodies(facts: NoticeFacts, isLate: boolean): readonly PlainBody[] {
    const { defaultLanguage, pace } = this.#options;
    return this.#voices.flatMap((voice) => {
      const model = noticeModel(facts, voice, { defaultLanguage, pace, isLate });
      return this.#bodiesOf(facts, model);
    });
  }

  #bodiesOf({ site, order }: NoticeFacts, model: NoticeModel): readonly PlainBody[] {
    const { language, words } = model;
    const detail = model.paragraphs.map((paragraph) => paragraph.text).join('\n\n');
    const small = renderSmallPage(this.#small, {
      ...model,
      text: detail,
      expected: model.expected,
    });
    const problem = problemBody(words.statusTitle, detail, {
      status: site.noticeStatus,
      site: site.name,
      cause: order.cause,
      since: model.sinceIso,
      ...(model.expectedIso === undefined ? {} : { expectedRecoveryAt: model.expectedIso }),
      incident: order.incident,
      ...(model.contact === undefined ? {} : { contact: model.contact }),
      ...(model.links.length === 0
        ? {}
        : { links: model.links.map(({ url, label }) => ({ url, label })) }),
    });
    return [
      { language, format: 'html', size: 'full', contentType: html, text: this.#full.render(model) },
      { language, format: 'html', size: 'small', contentType: html, text: small },
      { language, format: 'json', size: 'full', contentType: json, text: problem },
      { language, format: 'text', size: 'full', contentType: text, text: textBody(model) },
    ];
  }

  #quietBodies({ kind, site, status, title }: QuietFacts, { locale }: Voice): readonly PlainBody[] {
    const { language, statusTitle } = locale;
    const said = locale[kind];
    const name =
      kind === 'neutral'
        ? undefined
        : titleFor(
            { name: site, title, noticeStatus: status },
            language,
            this.#options.defaultLanguage,
          ).text;
    const page = renderSmallPage(this.#small, {
      language,
      documentTitle: fill(locale.documentTitle, { heading: said.heading, title: name ?? '' }),
      title: name,
      heading: said.heading,
      text: said.text,
      expected: undefined,
      words: locale,
    });
    const problem = problemBody(statusTitle, said.text, { status, site });
    const lines = [...(name === undefined ? [] : [name, '']), said.heading, said.text, ''];
    return [
      { language, format: 'html', size: 'full', contentType: html, text: page },
      { language, format: 'html', size: 'small', contentType: html, text: page },
      { language, format: 'json', size: 'full', contentType: json, text: problem },
      { language, format: 'text', size: 'full', contentType: text, text: lines.join('\n') },
    ];
  }
}
