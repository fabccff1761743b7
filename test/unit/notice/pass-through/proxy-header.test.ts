import { describe, expect, it } from 'vitest';
import { proxyHeader } from '../../../../src/notice/pass-through/proxy-header.ts';
import { readPreamble } from '../../../../src/notice/proxy-preamble.ts';

const local = { address: '192.0.2.10', port: 443 };

describe('the preamble that tells an origin who the client is', () => {
  it('has the bytes of version 2 over IPv4', () => {
    const header = proxyHeader({ address: '198.51.100.7', port: 0x1234 }, local);

    expect(header.toString('hex')).toBe(
      '0d0a0d0a000d0a515549540a' + '2111000c' + 'c6336407' + 'c000020a' + '1234' + '01bb',
    );
  });

  it.each([
    ['198.51.100.7', '192.0.2.10', '198.51.100.7'],
    ['::ffff:198.51.100.7', '::ffff:192.0.2.10', '198.51.100.7'],
    ['2001:db8::7', '2001:db8::10', '2001:db8::7'],
    ['2001:db8::7', '192.0.2.10', '2001:db8::7'],
  ])('names the client %s at %s as our own reader reads it', (client, address, seen) => {
    const header = proxyHeader({ address: client, port: 50_000 }, { address, port: 80 });

    const preamble = readPreamble(Buffer.concat([header, Buffer.from('GET / HTTP/1.1\r\n')]));

    expect(preamble).toEqual({ is: 'whole', bytes: header.length, client: seen });
  });
});
