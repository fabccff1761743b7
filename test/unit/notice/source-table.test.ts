import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv6Keys, sourceKey } from '../../../src/notice/source-key.ts';
import { SourceTable } from '../../../src/notice/source-table.ts';

const visitor = (n: number): string => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
const group = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16));

describe('the source of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['', ''],
  ])('%s is %s', (address, key) => {
    expect(sourceKey(address)).toBe(key);
  });

  it('stands within one customer’s line and one organisation', () => {
    expect(ipv6Keys('2001:db8:1:2ff::9')).toEqual({
      of64: '2001:db8:1:2ff::/64',
      of56: '2001:db8:1:200::/56',
      of48: '2001:db8:1::/48',
    });
  });

  it('is the same however the address is written', () => {
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group), ([a, b, c, d, e]) => {
        const short = ipv6Keys(`${a}:${b}:${c}:${d}::${e}`);
        const long = ipv6Keys(
          `${a?.padStart(4, '0')}:${b?.padStart(4, '0')}:${c}:${d?.padStart(4, '0')}:0:0:0:${e}`,
        );

        expect(short).toEqual(long);
      }),
    );
  });
});

describe('the table of sources', () => {
  it('is bounded, whatever number of addresses comes', () => {
    const table = new SourceTable(1_000);
    for (let n = 0; n < 20_000; n += 1) {
      table.find(visitor(n));
    }

    expect(table.size).toBe(1_000);
  });

  it('holds one source and the two around it for 100,000 addresses of one /64', () => {
    const table = new SourceTable();
    for (let n = 0; n < 100_000; n += 1) {
      table.find(`2001:db8:1:2::${(n >> 8).toString(16)}:${(n & 255).toString(16)}`);
    }

    expect(table.size).toBe(3);
  });

  it('does not forget a source with a session open', () => {
    const table = new SourceTable(100);
    const held = table.find('192.0.2.7');
    held.sessions = 5;
    for (let n = 0; n < 1_000; n += 1) {
      table.find(visitor(n));
    }

    expect(table.find('192.0.2.7')).toBe(held);
  });

  it('does not count what a proxy says of an address against the address itself', () => {
    const table = new SourceTable();

    expect(table.find('192.0.2.7', true)).not.toBe(table.find('192.0.2.7'));
  });

  it('knows listed sources at once, also those it has met before', () => {
    const table = new SourceTable();
    const met = table.find('203.0.113.9');
    const line = table.find('2001:db8:7:1::1');

    table.setLarge(['203.0.113.0/24', '2001:db8:7::/48']);

    expect(met.isLarge).toBe(true);
    expect(line.isLarge).toBe(true);
    expect(table.find('203.0.113.10').isLarge).toBe(true);
    expect(table.find('203.0.114.1').isLarge).toBe(false);
    table.setLarge([]);
    expect(met.isLarge).toBe(false);
  });
});
