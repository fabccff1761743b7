import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4Number, ipv4Text, ipv6Front, sourceKey } from '../../../src/notice/source-key.ts';
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
    const source = new SourceTable().find('2001:db8:1:2ff::9');

    expect([source.key, source.wider?.key, source.wider?.wider?.key]).toEqual([
      '2001:db8:1:2ff::/64',
      '2001:db8:1:200::/56',
      '2001:db8:1::/48',
    ]);
    expect(source.wider?.wider?.wider).toBeUndefined();
  });

  it('of IPv4 is read as the number that its text says, mapped or not, and nothing else is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (number) => {
        expect(ipv4Number(ipv4Text(number))).toBe(number);
        expect(ipv4Number(`::ffff:${ipv4Text(number)}`)).toBe(number);
      }),
    );
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '1..2.3',
      '256.1.1.1',
      '1.2.3.4x',
      '::1',
      '.1.2.3',
      '1.2.3.',
    ]) {
      expect(ipv4Number(text)).toBe(-1);
    }
  });

  it('is the same however the address is written', () => {
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group), ([a, b, c, d, e]) => {
        const short = ipv6Front(`${a}:${b}:${c}:${d}::${e}`);
        const long = ipv6Front(
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

    expect(table.find('192.0.2.7').sessions).toBe(5);
  });

  it('does not count what a proxy says of an address against the address itself', () => {
    const table = new SourceTable();
    table.find('192.0.2.7', true).sessions = 3;

    expect(table.find('192.0.2.7').sessions).toBe(0);
    expect(table.find('192.0.2.7', true).sessions).toBe(3);
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

  it('remembers those seen last, whatever the order in which they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 200 }), (visits) => {
        const capacity = 6;
        const table = new SourceTable(capacity);
        for (const [at, n] of visits.entries()) {
          table.find(visitor(n)).shapes = at + 1;
        }
        const last = new Map(visits.map((n, at) => [n, at + 1]));
        const remembered = [...last].toSorted((a, b) => b[1] - a[1]).slice(0, capacity);

        expect(table.size).toBe(remembered.length);
        for (const [n, shapes] of remembered) {
          expect(table.find(visitor(n)).shapes).toBe(shapes);
        }
      }),
    );
  });

  it('begins anew with a source that takes the place of another', () => {
    const table = new SourceTable(10);
    const first = table.find('192.0.2.7');
    first.takeRate(1, 0);
    first.shapes = 63;
    first.conduct = { sinceMs: 1, refusals: 2, offences: 3, answers: 4 };
    for (let n = 0; n < 10; n += 1) {
      table.find(visitor(n));
    }

    const again = table.find('192.0.2.7');
    expect([again.key, again.shapes, again.conduct, again.takeRate(1, 0)]).toEqual([
      '192.0.2.7',
      0,
      undefined,
      true,
    ]);
  });

  it('has those for whom no room is left share the limits of one', () => {
    const table = new SourceTable(10);
    for (let n = 0; n < 10; n += 1) {
      table.find(visitor(n)).sessions = 1;
    }

    expect(table.find('192.0.2.7')).toBe(table.nameless);
    expect(table.find('')).toBe(table.nameless);
    table.find(visitor(0)).sessions = 0;
    for (let n = 1; n < 10; n += 1) {
      table.find(visitor(n));
    }
    expect(table.find('192.0.2.7').key).toBe('192.0.2.7');
  });
});
