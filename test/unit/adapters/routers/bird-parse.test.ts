import { describe, expect, it } from 'vitest';
import { answerMark } from '../../../../src/adapters/routers/bird/commands.ts';
import { isLoaded, parseReading } from '../../../../src/adapters/routers/bird/parse.ts';

const names = ['detour4', 'detour6'] as const;
const noStatic = 'There is no Static protocol running';
const unknownName = 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or CF_SYM_KNOWN';

type Said = readonly [text: string, exitCode?: number];

/** What BIRD 2.0.12 printed on Debian 12, one answer after the other. */
function answer(...said: readonly Said[]): string {
  return said
    .map(
      ([text, exitCode = 0]) =>
        `BIRD 2.0.12 ready.\nAccess restricted\n${text}\n${answerMark}${exitCode}\n`,
    )
    .join('');
}

const protocols =
  'Name       Proto      Table      State  Since         Info\ndevice1    Device     ---        up     02:31:11.209';
const withOurs = `${protocols}\ndetour4    Static     master4    up     02:31:11.209`;
const ours = '192.168.80.101/32\n\tvia 10.10.4.10';
const others =
  '192.0.2.5/32\n\tvia 203.0.113.9 (dormant)\n192.0.2.9/32\tblackhole\n192.0.2.10/32\n\tdev lo\n192.0.2.0/24\n\tvia 10.10.4.1';
const primary =
  'Table master4:\n192.168.80.101/32    unicast [detour4 02:31:11.209] * (200)\n\tvia 10.10.4.10 on notice';

const empty = answer(
  [protocols],
  [noStatic, 1],
  [unknownName, 1],
  [unknownName, 1],
  [''],
  [''],
  [''],
);
const whole = answer(
  [withOurs],
  [`${others}\n${ours}`],
  [ours],
  [unknownName, 1],
  [primary],
  [''],
  [''],
);

describe('the answer of birdc', () => {
  it('has no routes while BIRD runs no static protocol', () => {
    expect(parseReading(empty, names)).toEqual({ reading: { owned: [], foreign: [] } });
  });

  it('tells ours apart from those of others, whatever they lead to', () => {
    expect(parseReading(whole, names)).toEqual({
      reading: {
        owned: [{ prefix: '192.168.80.101/32', nextHop: '10.10.4.10', isInstalled: true }],
        foreign: [
          { prefix: '192.0.2.5/32', nextHop: '203.0.113.9' },
          { prefix: '192.0.2.9/32', nextHop: 'blackhole' },
          { prefix: '192.0.2.10/32', nextHop: 'dev lo' },
        ],
      },
    });
  });

  it('does not call a route installed that is best by another protocol', () => {
    const stolen = whole.replace('[detour4 ', '[ospf1 ');

    expect(parseReading(stolen, names)).toMatchObject({
      reading: { owned: [{ isInstalled: false }] },
    });
  });

  it('says that a change waits to be confirmed', () => {
    const pending = answer(
      [withOurs],
      [ours],
      [ours],
      [unknownName, 1],
      [primary],
      ['pending'],
      [''],
    );

    expect(parseReading(pending, names)).toMatchObject({ reading: { isUnconfirmed: true } });
  });

  it('tells the newest term that a file is signed with', () => {
    const signed = answer([withOurs], [ours], [ours], [unknownName, 1], [primary], [''], ['7\n12']);

    expect(parseReading(signed, names)).toMatchObject({ reading: { term: 12 } });
    expect(parseReading(signed.replace('7\n12', '7 by hand'), names)).toEqual({
      problem: 'the term in its file cannot be read',
    });
  });

  it('is no reading when it was cut off anywhere', () => {
    const cut = Array.from({ length: whole.length - 1 }, (_, at) => whole.slice(0, at));

    expect(cut.filter((text) => 'reading' in parseReading(text, names))).toEqual([]);
  });

  it('is no reading when our own protocol runs and cannot be read', () => {
    const unread = answer(
      [withOurs],
      [ours],
      ['out of memory', 1],
      [unknownName, 1],
      [primary],
      [''],
      [''],
    );

    expect(parseReading(unread, names)).toEqual({
      problem: 'the routes of detour4 cannot be read',
    });
  });

  it('gives the words of BIRD when it refuses the question', () => {
    const refused = whole.replaceAll(/--detour--\d/g, `${answerMark}1`);

    expect(parseReading(refused, names)).toEqual({
      problem: expect.stringContaining('detour4    Static'),
    });
  });
});

describe('a configuration', () => {
  it('is loaded only when BIRD says so', () => {
    expect(isLoaded('Reading configuration from /etc/bird/bird.conf\nReconfigured\n')).toBe(true);
    expect(isLoaded('Reconfiguration in progress\n')).toBe(true);
    expect(isLoaded('/etc/bird/bird.conf:9:1 syntax error\n')).toBe(false);
  });
});
