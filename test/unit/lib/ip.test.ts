import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hostPrefix,
  hostPrefixAddress,
  parseAddress,
  parsePrefix,
  prefixContains,
} from '../../../src/lib/ip.ts';

describe('addresses', () => {
  it('takes plain IPv4 and IPv6 and writes them one way', () => {
    expect(parseAddress('192.168.80.100')).toBe('192.168.80.100');
    expect(parseAddress('FD10:0:0:0:0:0:0:80')).toBe('fd10::80');
    expect(parseAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
  });

  it.each([
    '1.2.3',
    '010.0.0.1',
    '0x7f.1',
    '2130706433',
    '1.2.3.4\n',
    'fe80::1%eth0',
    '',
    'x',
    '1.2.3.256',
  ])('refuses %j, which is an address only to some', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('reads back the address of every host prefix it makes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseAddress(text);
        fc.pre(address !== undefined);

        expect(hostPrefixAddress(hostPrefix(address ?? ''))).toBe(address);
      }),
    );
  });

  it('knows a host prefix from a network', () => {
    expect(hostPrefixAddress('192.168.80.0/24')).toBeUndefined();
    expect(hostPrefixAddress('0.0.0.0/0')).toBeUndefined();
    expect(hostPrefixAddress('192.168.80.100/128')).toBeUndefined();
  });
});

describe('prefixes', () => {
  it('takes networks without host bits only', () => {
    expect(parsePrefix('192.168.80.0/24')).toBe('192.168.80.0/24');
    expect(parsePrefix('192.168.80.100/24')).toBeUndefined();
    expect(parsePrefix('fd10:80::/64')).toBe('fd10:80::/64');
    expect(parsePrefix('192.168.80.0')).toBeUndefined();
  });

  it('contain addresses of their own family alone', () => {
    expect(prefixContains('192.168.80.0/24', '192.168.80.100')).toBe(true);
    expect(prefixContains('192.168.80.0/24', '192.168.81.100')).toBe(false);
    expect(prefixContains('::/0', '192.168.80.100')).toBe(false);
  });
});
