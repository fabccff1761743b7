import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type NoticeKind, noticeKinds } from '../../../core/notice-kind.ts';
import { DetourError } from '../../../lib/errors.ts';
import { suggest } from '../../../lib/nearest.ts';
import { formatProblem, type Problem } from '../../../lib/problem.ts';
import type { NoticeStyle } from '../../../ports/notice-publisher.ts';
import type { Locale } from './locale.ts';
import type { Voice } from './model.ts';
import { momentWriter } from './moment.ts';
import { readLocale } from './read-locale.ts';
import { sampleModels, sampleSmallModels } from './samples.ts';
import { readTemplate, type Template } from './template.ts';

/** Where most of the visitors are, unless the configuration says otherwise. */
export const defaultTimeZone = 'Asia/Seoul';

/** The page of every kind that has none of its own in the owner's folder. */
const commonPage = 'notice.hbs';

const smallPage = 'small.hbs';

/** Pages, words and policy, read and checked as a whole. */
export interface Look {
  readonly style: NoticeStyle;
  /** In the order of their languages; the default language first. */
  readonly voices: readonly Voice[];
  readonly pages: Readonly<Record<NoticeKind, Template>>;
  readonly small: Template;
  /** Allows exactly the styles and scripts of these pages, pictures from data: URLs, and asking its own origin. */
  readonly contentSecurityPolicy: string;
}

/** A look that can be used, or all that is wrong with it. */
export type LookReading =
  | { readonly look: Look; readonly problems: readonly [] }
  | { readonly look?: undefined; readonly problems: readonly Problem[] };

const at = (file: string): Omit<Problem, 'what' | 'remedy'> => ({
  file,
  line: 1,
  column: 1,
  length: 1,
});

/** The shipped folder last: what the owner has comes first. */
function foldersOf(kind: 'templates' | 'locales', { templates }: NoticeStyle): readonly string[] {
  const shipped = join(import.meta.dirname, kind);
  const own = kind === 'locales' && templates !== undefined ? join(templates, kind) : templates;
  return own !== undefined && existsSync(own) ? [own, shipped] : [shipped];
}

function filesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}

interface Words {
  readonly locales: readonly Locale[];
  readonly problems: readonly Problem[];
}

/** Reads every language; an owner's file replaces the shipped one of the same language. */
function readWords(style: NoticeStyle): Words {
  const locales = new Map<string, Locale>();
  const problems: Problem[] = [];
  for (const folder of foldersOf('locales', style).toReversed()) {
    for (const file of filesIn(folder, '.yaml')) {
      const reading = readLocale(readFileSync(file, 'utf8'), file);
      problems.push(...reading.problems);
      if (reading.locale !== undefined) {
        locales.set(reading.locale.language, reading.locale);
      }
    }
  }
  const rank = ({ language }: Locale): string =>
    language === style.defaultLanguage ? '' : language;
  return {
    locales: [...locales.values()].sort((one, other) => rank(one).localeCompare(rank(other))),
    problems,
  };
}

/** Which file is the page of each name: the owner's, the owner's common one, or the shipped one. */
function pageFile(name: string, folders: readonly string[]): string {
  const [own = '', shipped = own] = folders;
  const choices = [
    join(own, name),
    ...(folders.length > 1 && name !== smallPage ? [join(own, commonPage)] : []),
  ];
  return choices.find((file) => existsSync(file)) ?? join(shipped, name);
}

/** Pages of the owner that nothing uses are misspelt, and would be missed only in an outage. */
function unusedPages(folders: readonly string[], used: ReadonlySet<string>): readonly Problem[] {
  const known = [...noticeKinds.map((kind) => `${kind}.hbs`), commonPage, smallPage];
  return folders.length < 2
    ? []
    : filesIn(folders[0] ?? '', '.hbs')
        .filter((file) => !used.has(file) && basename(file) !== commonPage)
        .map((file) => ({
          ...at(file),
          what: `no notice uses ${basename(file)}`,
          remedy: suggest(basename(file), known),
        }));
}

function policyOf(templates: readonly Template[]): string {
  const sources = (key: 'styleHashes' | 'scriptHashes'): string =>
    [...new Set(templates.flatMap((template) => template[key]))].join(' ') || "'none'";
  return [
    "default-src 'none'",
    `style-src ${sources('styleHashes')}`,
    `script-src ${sources('scriptHashes')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

interface Pages {
  readonly pages?: Pick<Look, 'pages' | 'small' | 'contentSecurityPolicy'>;
  readonly problems: readonly Problem[];
}

function readPages(style: NoticeStyle, voices: readonly Voice[]): Pages {
  const folders = foldersOf('templates', style);
  const samples = sampleModels(voices);
  const problems: Problem[] = [];
  const used = new Set<string>();
  const read = (name: string, models: readonly object[]): Template | undefined => {
    const reading = readTemplate(pageFile(name, folders), folders, models);
    problems.push(...reading.problems);
    for (const file of reading.files) {
      used.add(file);
    }
    return reading.template;
  };
  const ofKind = (kind: NoticeKind): Template | undefined => read(`${kind}.hbs`, samples);
  const [outage, degraded, maintenance, mass] = [
    ofKind('outage'),
    ofKind('degraded'),
    ofKind('maintenance'),
    ofKind('mass'),
  ];
  const small = read(smallPage, sampleSmallModels(voices));
  problems.push(...unusedPages(folders, used));
  if (!outage || !degraded || !maintenance || !mass || !small || problems.length > 0) {
    return { problems };
  }
  const pages = { outage, degraded, maintenance, mass };
  const contentSecurityPolicy = policyOf([...Object.values(pages), small]);
  return { pages: { pages, small, contentSecurityPolicy }, problems };
}

function voicesOf(locales: readonly Locale[], timeZone: string): readonly Voice[] {
  return locales.map((locale) => ({ locale, writeMoment: momentWriter(locale, timeZone) }));
}

function wordless(
  { defaultLanguage, templates }: NoticeStyle,
  locales: readonly Locale[],
): readonly Problem[] {
  const languages = locales.map(({ language }) => language);
  if (languages.includes(defaultLanguage)) {
    return [];
  }
  const file = join(templates ?? import.meta.dirname, 'locales');
  const what = `there are no words in the default language ${defaultLanguage}`;
  return [{ ...at(file), what, remedy: suggest(defaultLanguage, languages) }];
}

/** Words that cannot be used must not hide what is wrong with pages. */
function pageProblemsWithShippedWords({ templates, ...style }: NoticeStyle): readonly Problem[] {
  const { locales } = readWords(style);
  const own = templates === undefined ? style : { ...style, templates };
  return readPages(own, voicesOf(locales, style.timeZone ?? defaultTimeZone)).problems;
}

/** Reads pages and words for a style. Never throws: everything wrong is told at once, each with its place. */
export function readLook(style: NoticeStyle): LookReading {
  const { locales, problems } = readWords(style);
  const wrong = problems.length > 0 ? problems : wordless(style, locales);
  if (wrong.length > 0) {
    return { problems: [...wrong, ...pageProblemsWithShippedWords(style)] };
  }
  const timeZone = style.timeZone ?? defaultTimeZone;
  const voices = voicesOf(locales, timeZone);
  const { pages, problems: pageProblems } = readPages(style, voices);
  return pages === undefined
    ? { problems: uniqueProblems(pageProblems) }
    : { look: { style, voices, ...pages }, problems: [] };
}

/** A part that every page includes is told of once. */
function uniqueProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
}

/** Reads pages and words for a style; throws DETOUR_NOTICE_TEMPLATE_INVALID with everything that is wrong. */
export function openLook(style: NoticeStyle): Look {
  const { look, problems } = readLook(style);
  if (look === undefined) {
    const lines = problems.map(formatProblem);
    throw new DetourError(`Could not use the notice's templates and words: ${lines[0]}`, {
      code: 'DETOUR_NOTICE_TEMPLATE_INVALID',
      detail: lines.join('\n'),
    });
  }
  return look;
}
