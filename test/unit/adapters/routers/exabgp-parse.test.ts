import { describe, expect, it } from 'vitest';
import { answerMark, changeLines } from '../../../../src/adapters/routers/exabgp/commands.ts';
import {
  isTaken,
  newestTermOf,
  parseReading,
} from '../../../../src/adapters/routers/exabgp/parse.ts';
import { exabgpOptionsSchema } from '../../../../src/adapters/routers/exabgp/schema.ts';

const done = `${answerMark}done\n`;
const header = 'Peer            AS        up/down state       |     #sent     #recvd\n';
const up = '127.0.0.2       65002     0:01:25 established           8          0\n';
const down = '127.0.0.3       65003        down idle                  0          0\n';
const told = (rest: string, neighbour = '127.0.0.2'): string =>
  `neighbor ${neighbour} local-ip 127.0.0.1 local-as 65010 peer-as 65002 router-id 10.0.10.1 family-allowed in-open ${rest}\n`;
const ours = told(
  'ipv4 unicast 192.168.80.2/32 next-hop 10.10.4.10 community [ 64512:6310 no-export ]',
);

/** What ExaBGP 4.2.21 answered on Debian 12. */
const answer = (...table: readonly string[]): string =>
  `${header}${up}${down}${done}${table.join('')}${done}`;

describe('the answer of ExaBGP', () => {
  it('tells who listens, and which host routes they are told with which communities', () => {
    const table = [
      ours,
      told('ipv6 unicast fd10:80::1/128 next-hop fd10:4::10 community 64512:1'),
      told('ipv4 unicast 192.168.0.0/16 next-hop 10.10.4.20'),
      told('ipv4 flow flow destination-ipv4 192.168.80.2/32'),
    ];

    expect(parseReading(answer(...table))).toEqual({
      neighbours: [
        { address: '127.0.0.2', isEstablished: true },
        { address: '127.0.0.3', isEstablished: false },
      ],
      told: [
        {
          neighbour: '127.0.0.2',
          prefix: '192.168.80.2/32',
          nextHop: '10.10.4.10',
          communities: ['64512:6310', 'no-export'],
          largeCommunities: [],
        },
        {
          neighbour: '127.0.0.2',
          prefix: 'fd10:80::1/128',
          nextHop: 'fd10:4::10',
          communities: ['64512:1'],
          largeCommunities: [],
        },
      ],
    });
  });

  it('does not read the communities of another kind', () => {
    const line = told(
      'ipv4 unicast 192.168.80.2/32 next-hop 10.10.4.10 extended-community [ target:64512:6310 ] large-community 1:64512:6310',
    );

    expect(parseReading(answer(line))?.told).toMatchObject([{ communities: [] }]);
  });

  it('tells the newest term that our routes carry, and believes no one else', () => {
    const route = (address: string, community: string, large: string): string =>
      told(
        `ipv4 unicast ${address}/32 next-hop 10.10.4.10 community ${community} large-community ${large}`,
      );
    const reading = parseReading(
      answer(
        route('192.168.80.2', '64512:6310', '64512:6310:7'),
        route('192.168.80.3', '64512:6310', '[ 64512:1:99 64512:6310:12 ]'),
        route('192.168.80.4', '64512:1', '64512:6310:50'),
      ),
    );

    expect(newestTermOf(reading?.told ?? [], '64512:6310')).toBe(12);
    expect(newestTermOf([], '64512:6310')).toBeUndefined();
  });

  it('is no reading when it was cut off anywhere', () => {
    const whole = answer(ours);
    const cut = Array.from({ length: whole.length - 1 }, (_, at) => whole.slice(0, at));

    expect(cut.map(parseReading).filter(Boolean)).toEqual([]);
    expect(parseReading(whole)).toBeDefined();
  });

  it.each([
    ['an error', `${header}${done}${answerMark}error\n`],
    ['answers that belong to earlier questions', `exabgp 4.2.21\n${done}${header}${done}`],
    ['one answer too many', `${answer(ours)}${done}`],
    ['a line that nobody knows', answer(ours, 'and now for something else\n')],
    ['an address that is none', answer(ours.replace('10.10.4.10', '10.10.4.10.9'))],
  ])('is no reading with %s', (_what, text) => {
    expect(parseReading(text)).toBeUndefined();
  });

  it('to a change is good only when every line was taken and nothing else was said', () => {
    expect(isTaken(done.repeat(2), 2)).toBe(true);
    expect(isTaken(done, 2)).toBe(false);
    expect(isTaken(`exabgp 4.2.21\n${done.repeat(2)}`, 2)).toBe(false);
    expect(isTaken(`${done}${answerMark}error\n`, 2)).toBe(false);
  });
});

describe('the lines of a plan', () => {
  const options = exabgpOptionsSchema.parse({ witnessPort: 50_052 });
  const via = (at: number, nextHop: string) => ({ prefix: `192.0.2.${at}/32`, nextHop });

  it('announce what moves and never withdraw it, so that no gap is left', () => {
    const plan = {
      remove: [via(1, '10.0.0.1'), via(2, '10.0.0.1')],
      add: [via(1, '10.0.0.2')],
      unchanged: [],
    };

    expect(changeLines(plan, options)).toEqual([
      'withdraw attributes next-hop 10.0.0.1 community [ no-export 64512:6310 ] nlri 192.0.2.2/32',
      'announce attributes next-hop 10.0.0.2 community [ no-export 64512:6310 ] nlri 192.0.2.1/32',
    ]);
  });

  it('stay shorter than what a pipe takes in one piece', () => {
    const add = Array.from({ length: 120 }, (_, at) => ({
      prefix: `2001:db8:1111:2222:3333:4444:5555:${(at + 4096).toString(16)}/128`,
      nextHop: '2001:db8:1111:2222:3333:4444:5555:6666',
    }));

    const lines = changeLines({ add, remove: [], unchanged: [] }, options);

    expect(lines).toHaveLength(3);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(4_096);
  });
});
