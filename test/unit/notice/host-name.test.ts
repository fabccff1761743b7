import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiHostname, normaliseHost } from '../../../src/notice/host-name.ts';

describe('a hostname of a site', () => {
  it.each([
    ['home01.example.kr', 'home01.example.kr'],
    ['Home01.Example.KR.', 'home01.example.kr'],
    ['한국.example.kr', 'xn--3e0b707e.example.kr'],
    ['0x7f.1', '127.0.0.1'],
    ['192.168.80.100', '192.168.80.100'],
    ['localhost', 'localhost'],
    ['a.0x7f', 'a.0x7f'],
  ])('%s is named by visitors as %s', (given, named) => {
    expect(asciiHostname(given)).toBe(named);
  });

  it('that is plain already is what the long way makes of it', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?$/);

    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
        const name = labels.join('.');
        const ascii = domainToASCII(name);

        expect(asciiHostname(name)).toBe(normaliseHost(ascii === '' ? name : ascii));
      }),
    );
  });
});
