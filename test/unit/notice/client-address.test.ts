import { describe, expect, it } from 'vitest';
import { PrefixSet } from '../../../src/lib/prefix-set.ts';
import { forwardedClient } from '../../../src/notice/client-address.ts';

const proxies = new PrefixSet(['10.0.0.0/8', '2001:db8:ffff::/48']);
const clientOf = (header: string): string | undefined =>
  forwardedClient(header, (address) => proxies.has(address));

describe('the client that a trusted proxy speaks for', () => {
  it.each([
    ['the one hop there is', '198.51.100.9', '198.51.100.9'],
    [
      'the right-most hop, whatever the client wrote before',
      '8.8.8.8, 198.51.100.9',
      '198.51.100.9',
    ],
    ['the hop before further trusted proxies', '198.51.100.9, 10.1.2.3, 10.4.5.6', '198.51.100.9'],
    ['not a trusted address that the client made up', '10.9.9.9, 198.51.100.9', '198.51.100.9'],
    ['an address with a port', '198.51.100.9:51234', '198.51.100.9'],
    ['an IPv6 address in brackets with a port', '[2001:DB8::1]:443', '2001:db8::1'],
    ['a bare IPv6 address', '2001:db8::1', '2001:db8::1'],
    ['an IPv4 address in IPv6 clothes', '::ffff:198.51.100.9', '198.51.100.9'],
    ['hops apart by tabs', '8.8.8.8 ,\t198.51.100.9\t', '198.51.100.9'],
    ['a proxy of IPv6', '198.51.100.9, 2001:db8:ffff::7', '198.51.100.9'],
  ])('is %s', (_, header, client) => {
    expect(clientOf(header)).toBe(client);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'unknown'],
    ['an address of three parts', '198.51.100'],
    ['an address with leading zeros', '010.0.0.1'],
    ['a number', '3325256713'],
    ['a hex address', '0xc6336409'],
    ['an address with a zone', 'fe80::1%eth0'],
    ['a name', 'client.example.kr'],
    ['an empty hop behind a good one', '198.51.100.9,'],
    ['a wrong hop behind a good one', '198.51.100.9, unknown'],
    ['trusted proxies alone', '10.0.0.1, 10.0.0.2'],
  ])('is nobody when the header says %s', (_, header) => {
    expect(clientOf(header)).toBeUndefined();
  });
});
