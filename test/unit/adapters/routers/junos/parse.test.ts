import { describe, expect, it } from 'vitest';
import {
  type JunosAnswers,
  parseCommits,
  parseReading,
} from '../../../../../src/adapters/routers/junos/parse.ts';
import { firstRefusal } from '../../../../../src/adapters/routers/junos/refusals.ts';
import type { JunosRoute } from '../../../../simulators/junos/store.ts';
import {
  commitsXml,
  configurationXml,
  displayXml,
  tableXml,
} from '../../../../simulators/junos/words.ts';

const ours: JunosRoute = { prefix: '192.168.80.10/32', nextHops: ['10.10.4.10'], tag: 6310 };
const history = [
  { user: 'detour', client: 'cli', date: '2026-11-24 10:00:00 UTC', minutes: 1 },
  { user: 'kim', client: 'cli', date: '2026-11-23 10:00:00 UTC', minutes: 5 },
];

function answers(
  routes: readonly JunosRoute[],
  {
    installed = routes,
    isPending = false,
  }: { installed?: readonly JunosRoute[]; isPending?: boolean } = {},
): JunosAnswers {
  return {
    configuration: displayXml(configurationXml(routes), false),
    installed4: displayXml(tableXml('inet.0', installed), false),
    installed6: displayXml(tableXml('inet6.0', []), false),
    commits: displayXml(commitsXml(history, isPending), false),
  };
}

const withRoute = (statement: string): JunosAnswers => ({
  ...answers([]),
  configuration: `<rpc-reply><configuration><routing-options><static>${statement}</static></routing-options></configuration></rpc-reply>`,
});

const plain =
  '<name>192.168.80.10/32</name><next-hop>10.10.4.10</next-hop><tag><metric-value>6310</metric-value></tag>';

describe('a reading of a Junos device', () => {
  it('has our routes, and whether the device forwards by them', () => {
    const hidden: JunosRoute = { prefix: '192.168.80.11/32', nextHops: ['203.0.113.9'], tag: 6310 };

    expect(parseReading(answers([ours, hidden], { installed: [ours] }), 6310)).toEqual({
      reading: {
        owned: [
          { prefix: '192.168.80.10/32', nextHop: '10.10.4.10', isInstalled: true },
          { prefix: '192.168.80.11/32', nextHop: '203.0.113.9', isInstalled: false },
        ],
        foreign: [],
      },
    });
  });

  it('is not fooled by a table that leads elsewhere, or that has not chosen the route', () => {
    const elsewhere = { ...ours, nextHops: ['10.10.4.20'] };
    const idle = answers([ours]).installed4.replace('<current-active/>', '');
    const dynamic = answers([ours]).installed4.replace('>Static<', '>OSPF<');

    for (const other of [
      answers([ours], { installed: [elsewhere] }),
      { ...answers([ours]), installed4: idle },
      { ...answers([ours]), installed4: dynamic },
    ]) {
      expect(parseReading(other, 6310)).toMatchObject({
        reading: { owned: [{ isInstalled: false }] },
      });
    }
  });

  it.each([
    ['another tag', plain.replace('6310', '6311')],
    ['no tag', plain.replace(/<tag>.*/, '')],
    ['a second next hop', `${plain}<next-hop>10.10.4.20</next-hop>`],
    ['a preference', `${plain}<preference><metric-value>7</metric-value></preference>`],
    ['a community', `${plain}<community>65000:1</community>`],
  ])('calls a route with %s foreign', (_, statement) => {
    const answer = parseReading(withRoute(`<route>${statement}</route>`), 6310);

    expect(answer).toMatchObject({
      reading: {
        owned: [],
        foreign: [
          { prefix: ours.prefix, nextHop: '10.10.4.10' },
          ...(statement.includes('4.20') ? [{}] : []),
        ],
      },
    });
  });

  it.each(['inactive="inactive"', 'protect="protect"'])(
    'calls a route that a person has marked %s foreign',
    (attribute) => {
      const answer = parseReading(withRoute(`<route ${attribute}>${plain}</route>`), 6310);

      expect(answer).toMatchObject({ reading: { owned: [], foreign: [{ prefix: ours.prefix }] } });
    },
  );

  it('names where a foreign route without a next hop leads', () => {
    const answer = parseReading(
      withRoute('<route><name>192.168.80.10/32</name><discard/></route>'),
      6310,
    );

    expect(answer).toMatchObject({ reading: { foreign: [{ nextHop: 'discard' }] } });
  });

  it('leaves wider routes out, and takes addresses in any letters', () => {
    const wide = withRoute(
      `<route><name>192.168.0.0/16</name><discard/></route><route>${plain.replace('192.168.80.10/32', 'FD10:80:0::10/128').replace('10.10.4.10', 'FD10:4::10')}</route>`,
    );

    expect(parseReading(wide, 6310)).toMatchObject({
      reading: { owned: [{ prefix: 'fd10:80::10/128', nextHop: 'fd10:4::10' }], foreign: [] },
    });
  });

  it.each(['configuration', 'installed4', 'installed6', 'commits'] as const)(
    'is none when the answer about %s is cut short or an error',
    (part) => {
      const whole = answers([ours]);
      const error =
        '<rpc-reply><xnm:error><message>permission denied</message></xnm:error></rpc-reply>';

      for (const broken of [whole[part].slice(0, -40), '', 'error: permission denied', error]) {
        expect(parseReading({ ...whole, [part]: broken }, 6310)).toHaveProperty('problem');
      }
    },
  );

  it('tells a commit that waits by the newest entry alone, whatever older ones once were', () => {
    expect(parseReading(answers([ours], { isPending: true }), 6310)).toMatchObject({
      reading: { isUnconfirmed: true },
      pending: { user: 'detour', date: '2026-11-24 10:00:00 UTC' },
    });
    expect(parseCommits(answers([]).commits)).toEqual({});
  });
});

describe('the words of a refusal', () => {
  it.each([
    'error: configuration check-out failed',
    'syntax error, expecting <statement>',
    'unknown command.',
    'missing argument.',
    "invalid ip address or hostname: '10.10.4.999' at '10.10.4.999'",
    'permission denied.',
  ])('are found: %s', (words) => {
    expect(firstRefusal(['[edit]', `  ${words}`])).toBe(words);
  });

  it('are not found in good news', () => {
    expect(firstRefusal(['configuration check succeeds', 'commit complete'])).toBeUndefined();
  });
});
