import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  fill,
  inLanguage,
  type Locale,
  localeSchema,
} from '../../../../../src/adapters/publishers/snapshot/locale.ts';
import { readLocale } from '../../../../../src/adapters/publishers/snapshot/read-locale.ts';
import { causes } from '../../../../../src/core/rule.ts';
import { formatProblem } from '../../../../../src/lib/problem.ts';

const folder = new URL('../../../../../src/adapters/publishers/snapshot/locales/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const problemsOf = (text: string): readonly string[] =>
  readLocale(text, 'x.yaml').problems.map(formatProblem);

function localeOf(name: string): Locale {
  return localeSchema.parse(readLocale(read(name), name).locale);
}

describe('the shipped words', () => {
  it('are there in Korean and English', () => {
    expect(readdirSync(folder).sort()).toEqual(['en.yaml', 'ko.yaml']);
  });

  it.each(['en.yaml', 'ko.yaml'])('are complete in %s', (name) => {
    const locale = localeOf(name);

    expect(`${locale.language}.yaml`).toBe(name);
    expect(Object.keys(locale.causes).sort()).toEqual([...causes].sort());
  });

  it('use the same places to be filled in, in every language', () => {
    const places = (value: unknown): unknown =>
      typeof value === 'string'
        ? (value.match(/\{\w+\}/g) ?? []).sort().join()
        : Object.fromEntries(
            Object.entries(Object(value)).map(([key, part]) => [key, places(part)]),
          );
    const { zones: _, ...korean } = localeOf('ko.yaml');
    const { zones: __, ...english } = localeOf('en.yaml');

    expect(places(korean)).toEqual(places(english));
  });
});

describe('readLocale', () => {
  it('tells every key that is missing or unknown, with its place and the nearest known one', () => {
    const broken = read('en.yaml')
      .replace('retry:', 'retri:')
      .replace('  operator:', '  operators:')
      .replace('  late: The work', '  lat: The work');

    const problems = problemsOf(broken);

    const line = broken.split('\n').findIndex((text) => text.startsWith('retri:')) + 1;
    expect(problems).toContain(`x.yaml:${line}:8: unknown key retri - did you mean retry?`);
    expect(problems.join('\n')).toMatch(/: retry is missing - add it/);
    expect(problems.join('\n')).toMatch(/: causes\.operator is missing - add it/);
    expect(problems.join('\n')).toMatch(/:\d+:3?\d*: unknown key causes\.operators/);
    expect(problems.join('\n')).toMatch(/: maintenance\.late is missing/);
    expect(problems.join('\n')).toMatch(/unknown key maintenance\.lat - did you mean late\?/);
  });

  it.each([
    ['a file that is no YAML', 'language: [', /x\.yaml:1:\d+: this is not YAML/],
    ['an empty file', '', /x\.yaml:1:1: /],
    [
      'a language that is none',
      read('en.yaml').replace('language: en', 'language: "<en>"'),
      /x\.yaml:4:11: language: must be a language/,
    ],
    [
      'a way of writing dates that is none',
      read('en.yaml').replace('en-GB', 'x_y'),
      /format: must be a locale/,
    ],
    [
      'words without their place',
      read('en.yaml').replace('Around {moment}', 'Soon'),
      /expectedAround has no place for \{moment\}/,
    ],
    ['a text that is too long', read('en.yaml').replace('Try again', 'x'.repeat(500)), /retry: /],
  ])('refuses %s', (_, text, message) => {
    expect(problemsOf(text).join('\n')).toMatch(message);
  });
});

describe('fill', () => {
  it('does not look for places inside what it filled in', () => {
    expect(fill('{heading} – {title}', { heading: '{title}', title: '$&' })).toBe('{title} – $&');
  });
});

describe('inLanguage', () => {
  it('prefers the reader’s language, then the default, then any', () => {
    expect(inLanguage({ ko: '가', en: 'a' }, 'en', 'ko')).toEqual({ text: 'a', language: 'en' });
    expect(inLanguage({ ko: '가', ja: 'あ' }, 'en', 'ko')).toEqual({ text: '가', language: 'ko' });
    expect(inLanguage({ ja: 'あ' }, 'en', 'ko')).toEqual({ text: 'あ', language: 'ja' });
    expect(inLanguage({ en: ' ' }, 'en', 'ko')).toBeUndefined();
  });
});
