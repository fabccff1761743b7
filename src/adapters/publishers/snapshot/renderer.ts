import type { EpochMs } from '../../../lib/time.ts';
import type { NoticeStyle } from '../../../ports/notice-publisher.ts';
import type { SnapshotBody, SnapshotEdition } from '../../../ports/snapshot.ts';
import { ageingSteps, type Nearness } from './ageing.ts';
import { type PlainBody, packBody } from './compress.ts';
import { fill } from './locale.ts';
import { type Look, openLook } from './look.ts';
import { type NoticeFacts, type NoticeModel, noticeModel, type Voice } from './model.ts';
import { detailOf, problemBody, textBody } from './plain-bodies.ts';
import { defaultReturnPace, paceText, type ReturnPace } from './return-pace.ts';
import { titleFor } from './said.ts';
import { renderSmallPage } from './small-page.ts';

const html = 'text/html; charset=utf-8';
const text = 'text/plain; charset=utf-8';
const json = 'application/problem+json';

export interface RendererOptions extends NoticeStyle {
  /** Instead of the default pace: for tests, which cannot wait for it. */
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

/** Turns the facts of notices into bodies, ready to be sent. Templates and words are read and checked once, when it is opened. */
export class NoticeRenderer {
  readonly #look: Look;
  readonly #pace: string;

  /** Throws DETOUR_NOTICE_TEMPLATE_INVALID with every problem when a template or a language file cannot be used. */
  constructor(options: RendererOptions) {
    const { pace, ...style } = options;
    const { returnSpreadMs: spreadMs = defaultReturnPace.spreadMs } = style;
    this.#look = openLook(style);
    this.#pace = paceText(pace ?? { ...defaultReturnPace, spreadMs });
  }

  get contentSecurityPolicy(): string {
    return this.#look.contentSecurityPolicy;
  }

  /** The default language first. */
  get languages(): readonly string[] {
    return this.#look.voices.map(({ locale }) => locale.language);
  }

  /**
   * Renders a notice in every language and format, once for each step of ageing that is still to come:
   * so the words stay true although nobody renders them again.
   */
  async notice(facts: NoticeFacts, now: EpochMs): Promise<readonly SnapshotEdition[]> {
    return await Promise.all(
      ageingSteps(facts.expectedRecoveryAt, now).map(async ({ nearness, until }) => ({
        ...(until === undefined ? {} : { until }),
        bodies: await this.#pack(this.#noticeBodies(facts, nearness)),
      })),
    );
  }

  /** Renders a standby or neutral notice: the small page in both sizes, for there may be thousands of them. */
  async quiet(facts: QuietFacts): Promise<readonly SnapshotEdition[]> {
    const bodies = this.#look.voices.flatMap((voice) => this.#quietBodies(facts, voice));
    return [{ bodies: await this.#pack(bodies) }];
  }

  async #pack(bodies: readonly PlainBody[]): Promise<readonly SnapshotBody[]> {
    return await Promise.all(bodies.map(packBody));
  }

  #noticeBodies(facts: NoticeFacts, nearness: Nearness): readonly PlainBody[] {
    const { voices, style } = this.#look;
    const options = { defaultLanguage: style.defaultLanguage, pace: this.#pace, nearness };
    return voices.flatMap((voice) => this.#bodiesOf(facts, noticeModel(facts, voice, options)));
  }

  #bodiesOf({ site, order }: NoticeFacts, model: NoticeModel): readonly PlainBody[] {
    const { language, words, kind } = model;
    const detail = detailOf(model);
    const small = renderSmallPage(this.#look.small, { ...model, text: detail });
    const full = this.#look.pages[kind].render(model);
    const problem = problemBody(words.statusTitle, detail, {
      status: site.noticeStatus,
      site: site.name,
      kind,
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
      { language, format: 'html', size: 'full', contentType: html, text: full },
      { language, format: 'html', size: 'small', contentType: html, text: small },
      { language, format: 'json', size: 'full', contentType: json, text: problem },
      { language, format: 'text', size: 'full', contentType: text, text: textBody(model) },
    ];
  }

  #quietBodies({ kind, site, status, title }: QuietFacts, { locale }: Voice): readonly PlainBody[] {
    const { language, statusTitle } = locale;
    const { defaultLanguage } = this.#look.style;
    const said = locale[kind];
    const name =
      kind === 'neutral'
        ? undefined
        : titleFor({ name: site, title }, language, defaultLanguage).text;
    const page = renderSmallPage(this.#look.small, {
      language,
      pace: this.#pace,
      documentTitle: fill(locale.documentTitle, { heading: said.heading, title: name ?? '' }),
      title: name,
      heading: said.heading,
      text: said.text,
      expectedLabel: locale.expected,
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
