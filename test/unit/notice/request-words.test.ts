import { describe, expect, it } from 'vitest';
import { tokenBytes } from '../../../src/notice/http-syntax.ts';
import { methodOf, minorVersion, watchedField } from '../../../src/notice/request-words.ts';

const names = [
  'host',
  'accept',
  'connection',
  'user-agent',
  'content-length',
  'accept-language',
  'accept-encoding',
  'x-forwarded-for',
  'transfer-encoding',
] as const;

/** Reads a word in the midst of other bytes, as it stands in a request. */
function within<T>(read: (bytes: Buffer, start: number, end: number) => T, word: string): T {
  return read(Buffer.from(`xx${word}yy`, 'latin1'), 2, 2 + word.length);
}

describe('the name of a field', () => {
  it.each(names)('%s is known in every case', (name) => {
    expect(within(watchedField, name)).toBe(name);
    expect(within(watchedField, name.toUpperCase())).toBe(name);
  });

  it.each(names)('%s is not mistaken for a name that differs in one byte', (name) => {
    const tokens = [...tokenBytes.keys()].filter((byte) => tokenBytes[byte] === 1);
    for (let at = 0; at < name.length; at += 1) {
      for (const byte of tokens) {
        const other = name.slice(0, at) + String.fromCharCode(byte) + name.slice(at + 1);

        const expected = other.toLowerCase() === name ? name : undefined;
        expect(within(watchedField, other), other).toBe(expected);
      }
    }
  });

  it.each(['cookie', 'authorization', 'h', '', 'hosts', 'sec-fetch-dest', 'x'.repeat(300)])(
    'is passed over when it is %s',
    (name) => {
      expect(within(watchedField, name)).toBeUndefined();
    },
  );
});

describe('the version', () => {
  it('is HTTP/1 with one digit', () => {
    expect(within(minorVersion, 'HTTP/1.0')).toBe(0);
    expect(within(minorVersion, 'HTTP/1.9')).toBe(9);
  });

  it.each([
    'HTTP/2.0',
    'http/1.1',
    'HTTP/1.',
    'HTTP/1.10',
    'HTTP/1.:',
    'HTTP/1./',
    'HTTPS/1.1',
    '',
  ])('is nothing else: %s', (text) => {
    expect(within(minorVersion, text)).toBeUndefined();
  });
});

describe('the method', () => {
  it.each(['GET', 'get', 'GEX', 'GETS', 'HEAD', 'BREW'])('is read as it was sent: %s', (method) => {
    expect(within(methodOf, method)).toBe(method);
  });
});
