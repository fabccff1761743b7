import { describe, expect, it, vi } from 'vitest';
import {
  encodingOrder,
  formatOrder,
  languageOrder,
  remembered,
} from '../../../src/notice/negotiation.ts';

describe('the format of a notice', () => {
  it.each([
    [undefined, 'html'],
    ['', 'html'],
    ['*/*', 'html'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', 'html'],
    ['image/png', 'html'],
    ['application/json', 'json'],
    ['application/problem+json', 'json'],
    ['application/json, text/plain, */*', 'json'],
    ['application/*', 'json'],
    ['text/plain', 'text'],
    ['text/*', 'html'],
    ['text/html;q=0.5, text/plain', 'text'],
    ['text/html;level=1;q=0.2, application/json;q=0.4', 'json'],
    ['text/html;q=0, */*', 'json'],
    ['TEXT/PLAIN', 'text'],
    ['text/html;q=nonsense, text/plain;q=0.9', 'html'],
    [',,,;;q=1,', 'html'],
  ])('for Accept %s is %s', (accept, format) => {
    expect(formatOrder(accept)[0]).toBe(format);
  });

  it('is always one of those there are, whatever was refused', () => {
    expect([...formatOrder('text/html;q=0, text/plain;q=0, application/json;q=0')].sort()).toEqual([
      'html',
      'json',
      'text',
    ]);
  });
});

describe('the encoding of a notice', () => {
  it.each([
    [undefined, ['identity']],
    ['', ['identity']],
    ['gzip, deflate, br, zstd', ['br', 'gzip', 'identity']],
    ['gzip', ['gzip', 'identity']],
    ['x-gzip', ['gzip', 'identity']],
    ['br;q=0.5, gzip;q=0.9', ['gzip', 'br', 'identity']],
    ['*', ['br', 'gzip', 'identity']],
    ['br;q=0, *', ['gzip', 'identity']],
    ['identity, gzip;q=0.5', ['identity', 'gzip']],
    ['identity;q=0', ['identity']],
  ])('for Accept-Encoding %s is taken from %j', (header, order) => {
    expect(encodingOrder(header)).toEqual(order);
  });
});

describe('the language of a notice', () => {
  it.each([
    [undefined, []],
    ['ko', ['ko']],
    ['en-US,ko;q=0.9', ['en-us', 'en', 'ko']],
    ['ko;q=0.2, en;q=0.8', ['en', 'ko']],
    ['zh-Hant-TW', ['zh-hant-tw', 'zh-hant', 'zh']],
    ['en;q=0, *', ['*']],
    ['<script>, ko', ['ko']],
  ])('for Accept-Language %s is looked for in %j', (header, order) => {
    expect(languageOrder(header)).toEqual(order);
  });
});

describe('the memory of header values', () => {
  it('reads a value once, however often it comes', () => {
    const read = vi.fn((header: string | undefined) => ({ header }));
    const memory = remembered(read);

    expect(memory('ko')).toBe(memory('ko'));
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('stays bounded when every visitor sends another value', () => {
    const read = vi.fn((header: string | undefined) => ({ header }));
    const memory = remembered(read);
    memory('first');

    for (let index = 0; index < 600; index += 1) {
      memory(`value ${index}`);
    }

    memory('first');
    expect(read.mock.calls.filter(([header]) => header === 'first')).toHaveLength(2);
  });

  it('does not keep long values', () => {
    const read = vi.fn((header: string | undefined) => ({ header }));
    const memory = remembered(read);

    memory('a'.repeat(5_000));
    memory('a'.repeat(5_000));

    expect(read).toHaveBeenCalledTimes(2);
  });
});
