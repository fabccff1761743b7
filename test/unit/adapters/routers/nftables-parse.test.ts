import { describe, expect, it } from 'vitest';
import { isTableMissing, parseTable } from '../../../../src/adapters/routers/nftables/parse.ts';

/** What nft 1.0.6 printed on Debian 12, shortened to one rule. */
const answer = JSON.stringify({
  nftables: [
    { metainfo: { version: '1.0.6', json_schema_version: 1 } },
    { table: { family: 'inet', name: 'detour', handle: 1 } },
    { map: { name: 'kept4', elem: [['192.168.80.100', '10.10.4.10']] } },
    { map: { name: 'kept6', elem: [['fd10:80::100', 'fd10:4::10']] } },
    {
      map: {
        name: 'trial4',
        elem: [[{ elem: { val: '192.168.80.101', timeout: 3, expires: 2 } }, '10.10.4.10']],
      },
    },
    { set: { name: 'withheld4', elem: [{ elem: { val: '192.168.80.100', expires: 2 } }] } },
    { set: { name: 'withheld6' } },
    { chain: { name: 'steer', type: 'nat', hook: 'prerouting', prio: -105 } },
    { rule: { chain: 'steer', comment: 'detour 0000 1', expr: [] } },
  ],
});

describe('the answer of nft', () => {
  it('tells what is kept, what is on trial and what is withheld', () => {
    expect(parseTable(answer, 'detour')).toEqual({
      kept: [
        { prefix: '192.168.80.100/32', nextHop: '10.10.4.10' },
        { prefix: 'fd10:80::100/128', nextHop: 'fd10:4::10' },
      ],
      trial: [{ prefix: '192.168.80.101/32', nextHop: '10.10.4.10' }],
      withheld: ['192.168.80.100/32'],
      rules: ['detour 0000 1'],
    });
  });

  it('is no reading when it was cut off anywhere, or tells of another table', () => {
    const cut = Array.from({ length: answer.length - 1 }, (_, at) => answer.slice(0, at));

    expect(cut.map((text) => parseTable(text, 'detour')).filter(Boolean)).toEqual([]);
    expect(parseTable(answer, 'other')).toBeUndefined();
  });

  it('tells the newest term that a change was signed with', () => {
    const signed = answer.replace(
      '{"set":{"name":"withheld6"}}',
      '{"set":{"name":"withheld6"}},{"set":{"name":"term","elem":[7,12]}}',
    );

    expect(parseTable(signed, 'detour')?.term).toBe(12);
    expect(parseTable(signed.replace('12]', '"12"]'), 'detour')).toBeUndefined();
  });

  it('is no reading when an element is not an address', () => {
    expect(parseTable(answer.replace('"10.10.4.10"', '"10.10.4.10 "'), 'detour')).toBeUndefined();
  });

  it('shows no rules when the chain hangs on nothing', () => {
    const unhooked = answer.replace('"hook":"prerouting",', '');

    expect(parseTable(unhooked, 'detour')?.rules).toEqual([]);
  });

  it('is told apart from an nft that is missing or may not read', () => {
    expect(
      isTableMissing('Error: No such file or directory\nlist table inet detour\n    ^^^'),
    ).toBe(true);
    expect(isTableMissing('sh: 1: nft: not found')).toBe(false);
    expect(isTableMissing('Operation not permitted (you must be root)')).toBe(false);
  });
});
