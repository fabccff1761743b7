import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPreamble } from '../../../src/notice/proxy-preamble.ts';

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

function binary(command: number, family: number, body: Buffer): Buffer {
  const head = Buffer.from([command, family, body.length >> 8, body.length & 255]);
  return Buffer.concat([signature, head, body]);
}

const overIpv4 = binary(0x21, 0x11, Buffer.from([198, 51, 100, 9, 10, 0, 0, 1, 1, 1, 0, 80]));
const overIpv6 = binary(
  0x21,
  0x21,
  Buffer.concat([Buffer.from('20010db8000000000000000000000001', 'hex'), Buffer.alloc(20)]),
);
const request = 'GET / HTTP/1.1\r\nHost: a.kr\r\n\r\n';

const whole: readonly (readonly [string, Buffer, string | undefined])[] = [
  ['a line of IPv4', Buffer.from('PROXY TCP4 198.51.100.9 10.0.0.1 51234 80\r\n'), '198.51.100.9'],
  ['a line of IPv6', Buffer.from('PROXY TCP6 2001:DB8::1 2001:db8::2 51234 80\r\n'), '2001:db8::1'],
  ['a line that names nobody', Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  ['a binary one of IPv4', overIpv4, '198.51.100.9'],
  ['a binary one of IPv6', overIpv6, '2001:db8::1'],
  ['a binary one of the proxy itself', binary(0x20, 0, Buffer.alloc(0)), undefined],
];

describe('the preamble of the PROXY protocol', () => {
  it.each(whole)('is read from %s, and ends where the request begins', (_, bytes, client) => {
    expect(readPreamble(Buffer.concat([bytes, Buffer.from(request)]))).toEqual({
      is: 'whole',
      bytes: bytes.length,
      ...(client === undefined ? {} : { client }),
    });
  });

  it.each(whole)('is waited for while %s comes byte by byte', (_, bytes) => {
    for (let length = 1; length < bytes.length; length += 1) {
      expect(readPreamble(bytes.subarray(0, length))).toEqual({ is: 'unfinished' });
    }
  });

  it.each([
    ['a request', request],
    ['another method beginning like it', 'PROPFIND / HTTP/1.1\r\n'],
    ['a TLS hello', '\x16\x03\x01'],
  ])('is absent from %s', (_, text) => {
    expect(readPreamble(Buffer.from(text, 'latin1'))).toEqual({ is: 'absent' });
  });

  it.each([
    ['a word for an address', Buffer.from('PROXY TCP4 localhost 10.0.0.1 1 80\r\n')],
    ['another protocol', Buffer.from('PROXY UDP4 198.51.100.9 10.0.0.1 1 80\r\n')],
    ['a line without an end', Buffer.from(`PROXY TCP4 ${'1'.repeat(120)}`)],
    ['a UNIX socket', binary(0x21, 0x31, Buffer.alloc(216))],
    ['another version', binary(0x11, 0x11, Buffer.alloc(12))],
    ['too short a body', binary(0x21, 0x11, Buffer.alloc(4))],
    ['too long a body', binary(0x21, 0x11, Buffer.alloc(4_096))],
  ])('is broken by %s', (_, bytes) => {
    expect(readPreamble(bytes)).toEqual({ is: 'broken' });
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, isSigned) => {
        const bytes = Buffer.concat([isSigned ? signature : Buffer.alloc(0), noise]);

        expect(['absent', 'unfinished', 'broken', 'whole']).toContain(readPreamble(bytes).is);
      }),
    );
  });
});
