import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReading, type VyosAnswers } from '../../../../../src/adapters/routers/vyos/parse.ts';

const legend = [
  'Codes: K - kernel route, C - connected, S - static, R - RIP,',
  '       > - selected route, * - FIB route, q - queued, r - rejected, b - backup',
  '       t - trapped, o - offload failure',
  '',
];

const configured = [
  "set protocols static route 192.0.2.1/32 description 'detour'",
  'set protocols static route 192.0.2.1/32 next-hop 198.51.100.2',
];

const answers = (table: readonly string[], lines = configured): VyosAnswers => ({
  configured: lines,
  installed4: [...legend, ...table],
  installed6: [],
  timer: ['inactive'],
});

const ours = (isInstalled: boolean): unknown => ({
  reading: {
    owned: [{ prefix: '192.0.2.1/32', nextHop: '198.51.100.2', isInstalled }],
    foreign: [],
  },
});

describe('the answers of VyOS', () => {
  it('tells the newest term in the descriptions of our routes, and takes no other word for one', () => {
    const entry = (last: number, description: string): readonly string[] => [
      `set protocols static route 192.0.2.${last}/32 description '${description}'`,
      `set protocols static route 192.0.2.${last}/32 next-hop 198.51.100.2`,
    ];
    const lines = [
      ...entry(1, 'detour'),
      ...entry(2, 'detour-t7'),
      ...entry(3, 'detour-t9-g12'),
      ...entry(4, 'detour-t11x'),
      ...entry(5, 'other-t12'),
    ];

    const answer = parseReading(answers([], lines), 'detour');

    expect(answer).toMatchObject({
      reading: {
        term: 9,
        owned: [1, 2, 3].map((last) => ({ prefix: `192.0.2.${last}/32` })),
        foreign: [4, 5].map((last) => ({ prefix: `192.0.2.${last}/32` })),
      },
    });
  });

  it.each([
    ['forwards by it', true, ['S>* 192.0.2.1/32 [1/0] via 198.51.100.2, eth0, weight 1, 00:00:07']],
    [
      'forwards by it through another route',
      true,
      [
        'S>  192.0.2.1/32 [1/0] via 198.51.100.2 (recursive), weight 1, 00:00:07',
        '  *                      via 203.0.113.1, eth0, weight 1, 00:00:07',
      ],
    ],
    [
      'cannot reach its next hop',
      false,
      ['S   192.0.2.1/32 [1/0] via 198.51.100.2 inactive, weight 1, 00:00:07'],
    ],
    [
      'has not reached the kernel with it',
      false,
      ['S>r 192.0.2.1/32 [1/0] via 198.51.100.2, eth0, weight 1, 00:00:07'],
    ],
    [
      'forwards by another next hop',
      false,
      ['S>* 192.0.2.1/32 [1/0] via 198.51.100.3, eth0, weight 1, 00:00:07'],
    ],
  ])('tell of a device that %s', (_what, isInstalled, table) => {
    expect(parseReading(answers(table), 'detour')).toEqual(ours(isInstalled));
  });

  it.each([
    ['a distance', 'set protocols static route 192.0.2.1/32 next-hop 198.51.100.2 distance 5'],
    ['a second next hop', 'set protocols static route 192.0.2.1/32 next-hop 198.51.100.3'],
    ['a description of its own', "set protocols static route 192.0.2.1/32 description 'lee'"],
  ])('make a route foreign to which somebody gave %s', (_what, line) => {
    const lines = line.includes('description')
      ? [line, ...configured.slice(1)]
      : [...configured, line];

    expect(parseReading(answers([], lines), 'detour')).toMatchObject({ reading: { owned: [] } });
  });

  it.each([
    ['configured', ['Invalid command: [show configuration]']],
    ['installed4', ['Exiting: failed to connect to any daemons.']],
    ['installed6', ['% Unknown command: show ipv6 route static']],
    ['timer', []],
    ['timer', ['vbash: systemctl: command not found']],
  ])('are no reading when %s is answered by %j', (question, lines) => {
    expect(parseReading({ ...answers([]), [question]: lines }, 'detour')).toHaveProperty('problem');
  });

  it('never make a route installed that is not, however they are torn, doubled and mixed', () => {
    const table = [
      ...legend,
      'S   192.0.2.1/32 [1/0] via 198.51.100.2 inactive, weight 1, 00:00:07',
      'S>* 192.0.2.9/32 [1/0] via 198.51.100.9, eth0, weight 1, 00:00:07',
      '  *                      via 198.51.100.8, eth0, weight 1, 00:00:07',
    ];
    const torn = fc
      .tuple(fc.constantFrom(...table), fc.nat(70), fc.constantFrom('', '\u0000', ' ', '>', '%'))
      .map(([line, at, junk]) => line.slice(0, at) + junk + line.slice(at + 1));
    const mess = fc.array(fc.oneof(fc.constantFrom(...table), torn, fc.string()), {
      maxLength: 12,
    });

    fc.assert(
      fc.property(mess, mess, (installed4, installed6) => {
        const answer = parseReading({ ...answers([]), installed4, installed6 }, 'detour');
        const owned = 'problem' in answer ? [] : answer.reading.owned;
        expect(owned.filter(({ isInstalled }) => isInstalled)).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });
});
