import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  fill,
  inLanguage,
  parseLocale,
} from '../../../../../src/adapters/publishers/snapshot/locale.ts';
import { causes } from '../../../../../src/core/rule.ts';

const folder = new URL('../../../../../src/adapters/publishers/snapshot/locales/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

describe('the shipped words', () => {
  it('are there in Korean and English', () => {
    expect(readdirSync(folder).sort()).toEqual(['en.yaml', 'ko.yaml']);
  });

  it.each(['en.yaml', 'ko.yaml'])('are complete in %s', (name) => {
    const locale = parseLocale(read(name), name);

    expect(`${locale.language}.yaml`).toBe(name);
    expect(Object.keys(locale.causes).sort()).toEqual([...causes].sort());
  });

  it('use the same places to be filled in, in every language', () => {
    const places = (name: string): readonly string[] => {
      const { documentTitle, moment, momentWithoutZone } = parseLocale(read(name), name);
      return [documentTitle, moment, momentWithoutZone].map((text) =>
        (text.match(/\{\w+\}/g) ?? []).sort().join(),
      );
    };

    expect(places('ko.yaml')).toEqual(places('en.yaml'));
  });

  it('are refused with the name of every key that is missing or unknown', () => {
    const broken = read('en.yaml')
      .replace('retry:', 'retri:')
      .replace('  operator:', '  operators:');

    expect(() => parseLocale(broken, 'en.yaml')).toThrow(/en\.yaml/);
    expect(() => parseLocale(broken, 'en.yaml')).toThrow(/retry/);
    expect(() => parseLocale(broken, 'en.yaml')).toThrow(/retri"/);
    expect(() => parseLocale(broken, 'en.yaml')).toThrow(/causes\.operator/);
    expect(() => parseLocale('language: [', 'x.yaml')).toThrow(/x\.yaml/);
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
