import { STATUS_CODES } from 'node:http';
import type { EpochMs } from '../lib/time.ts';
import { markerHeader, type SnapshotBody, type SnapshotSite, sentMark } from '../ports/snapshot.ts';
import type { Encoding, Format } from './negotiation.ts';
import { formats } from './negotiation.ts';
import { PreparedAnswer } from './prepared-answer.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** What a request wants, in its own order of preference. */
export interface Wish {
  readonly formats: readonly Format[];
  readonly languages: readonly string[];
  readonly encodings: readonly Encoding[];
  readonly isSmall: boolean;
  readonly isClose: boolean;
  /** A form was sent: the page says that it is lost. */
  readonly isPost: boolean;
  /** A program asks, which would act on a 2xx: it gets none, whatever the site has chosen for people. */
  readonly isForMachines: boolean;
}

/** A site's notice in the snapshot; the neutral one has neither names nor an expected recovery. */
export type NoticeSource = Omit<SnapshotSite, 'name' | 'hostnames' | 'addresses'>;

interface AnswerForm {
  readonly status: number;
  readonly encoding: Encoding;
  readonly isClose: boolean;
  readonly mark: string;
}

/** A number for each encoding: an answer is found by a number, put together for every request. */
const places: Readonly<Record<Encoding, number>> = { identity: 0, gzip: 1, br: 2 };

/** One body with the answers made from it so far; an answer is built when it is first wanted. */
class NoticeBody {
  readonly #source: NoticeSource;
  readonly #body: SnapshotBody;
  readonly #answers = new Map<number, PreparedAnswer>();

  constructor(source: NoticeSource, body: SnapshotBody) {
    this.#source = source;
    this.#body = body;
  }

  answer({ encodings, isClose, isPost, isForMachines }: Wish): PreparedAnswer {
    const status = isForMachines && this.#source.status < 300 ? 503 : this.#source.status;
    const isSent = isPost && this.#body.format === 'html';
    // Forms to a failed site are few: their answers go out unpacked, so that no page is kept in three packings more.
    const encoding = isSent ? 'identity' : this.#firstOf(encodings);
    const key = status * 16 + places[encoding] * 4 + (isClose ? 2 : 0) + (isSent ? 1 : 0);
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = this.#prepare({ status, encoding, isClose, mark: isSent ? sentMark : '' });
      this.#answers.set(key, answer);
    }
    return answer;
  }

  #firstOf(wanted: readonly Encoding[]): Encoding {
    for (const encoding of wanted) {
      if (this.#body[encoding] !== undefined) {
        return encoding;
      }
    }
    return 'identity';
  }

  #prepare({ status, encoding, isClose, mark }: AnswerForm): PreparedAnswer {
    const { marker, contentSecurityPolicy } = this.#source;
    const { contentType, language, format } = this.#body;
    const fields: (readonly [string, string])[] = [
      ['Content-Type', contentType],
      ['Content-Language', language],
      ['Vary', 'Accept, Accept-Language, Accept-Encoding'],
      ['Cache-Control', 'no-store'],
      ['X-Robots-Tag', 'noindex'],
      ['X-Content-Type-Options', 'nosniff'],
    ];
    if (encoding !== 'identity') {
      fields.push(['Content-Encoding', encoding]);
    }
    if (format === 'html' && contentSecurityPolicy !== '') {
      fields.push(['Content-Security-Policy', contentSecurityPolicy]);
    }
    if (marker !== '') {
      fields.push([markerHeader, marker]);
    }
    return new PreparedAnswer({
      status,
      statusText: STATUS_CODES[status] ?? 'Notice',
      fields,
      hasRetryAfter: status >= 300,
      isClose,
      body: Buffer.concat([Buffer.from(this.#body[encoding] ?? '', 'base64'), Buffer.from(mark)]),
    });
  }
}

/** The bodies of one edition in one form. */
type Shelf = ReadonlyMap<string, NoticeBody>;

class NoticeEdition {
  readonly until: EpochMs;
  readonly #defaultLanguage: string;
  /** By format, then by size, then by language in lower case. */
  readonly #shelves: ReadonlyMap<Format, { readonly full: Shelf; readonly small: Shelf }>;

  constructor(source: NoticeSource, index: number, defaultLanguage: string) {
    const edition = source.editions[index];
    const bodies = edition?.bodies ?? [];
    const shelf = (format: Format, size: SnapshotBody['size']): Shelf =>
      new Map(
        bodies
          .filter((body) => body.format === format && body.size === size)
          .map((body) => [body.language.toLowerCase(), new NoticeBody(source, body)]),
      );
    this.until = edition?.until ?? Number.POSITIVE_INFINITY;
    this.#defaultLanguage = defaultLanguage.toLowerCase();
    this.#shelves = new Map(
      formats
        .filter((format) => bodies.some((body) => body.format === format))
        .map((format) => [format, { full: shelf(format, 'full'), small: shelf(format, 'small') }]),
    );
  }

  find(wish: Wish): NoticeBody | undefined {
    for (const format of wish.formats) {
      const sizes = this.#shelves.get(format);
      if (sizes !== undefined) {
        const isSmall = (wish.isSmall && sizes.small.size > 0) || sizes.full.size === 0;
        return this.#inLanguage(isSmall ? sizes.small : sizes.full, wish.languages);
      }
    }
    return;
  }

  #inLanguage(shelf: Shelf, languages: readonly string[]): NoticeBody | undefined {
    for (const language of languages) {
      const body = shelf.get(language === '*' ? this.#defaultLanguage : language);
      if (body !== undefined) {
        return body;
      }
    }
    return shelf.get(this.#defaultLanguage) ?? shelf.values().next().value;
  }
}

/** One site's notice, ready to be sent in every form it has. */
export class SiteNotice {
  /** Undefined for the neutral notice. */
  readonly site: string | undefined;
  readonly #source: NoticeSource;
  readonly #defaultLanguage: string;
  /** Undefined before somebody asks for it. */
  #editions: readonly NoticeEdition[] | undefined;

  constructor(site: string | undefined, source: NoticeSource, defaultLanguage: string) {
    this.site = site;
    this.#source = source;
    this.#defaultLanguage = defaultLanguage;
  }

  /** The answer to a wish at a time, by the first edition whose end is not past. */
  answer(wish: Wish, now: EpochMs): PreparedAnswer | undefined {
    this.#editions ??= this.#source.editions.map(
      (_, index) => new NoticeEdition(this.#source, index, this.#defaultLanguage),
    );
    const edition = this.#editions.find(({ until }) => now < until) ?? this.#editions.at(-1);
    const isSmall = wish.isSmall || this.#source.isSmallOnly;
    return edition?.find(isSmall === wish.isSmall ? wish : { ...wish, isSmall })?.answer(wish);
  }

  /** Seconds for Retry-After at a time, spread anew for each answer. */
  retryAfterSeconds(now: EpochMs): number {
    return retryAfterSeconds(this.#source.expectedRecoveryAt, now, Math.random());
  }
}
