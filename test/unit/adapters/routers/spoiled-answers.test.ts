import { describe, expect, it } from 'vitest';
import { answerMark } from '../../../../src/adapters/routers/exabgp/commands.ts';
import { parseReading } from '../../../../src/adapters/routers/exabgp/parse.ts';
import { parseAnswer } from '../../../../src/adapters/routers/script/messages.ts';
import { hostPrefixAddress, parseAddress } from '../../../../src/lib/ip.ts';
import { mutate } from '../../../fakes/mutate.ts';
import { Random } from '../../../simulation/random.ts';

/** Enough to find a careless parser each day. */
const spoiledAnswers = 3_000;

const told = (neighbour: string, address: string): string =>
  `neighbor ${neighbour} local-ip 10.0.0.9 local-as 65010 peer-as 65002 router-id 10.0.10.1 family-allowed in-open ipv4 unicast ${address}/32 next-hop 10.10.4.10 community [ 64512:6310 no-export ]\n`;

/** Two neighbours, of which none listens. */
const exabgpAnswer = [
  'Peer            AS        up/down state       |     #sent     #recvd\n',
  '10.0.0.1        65002        down idle                  8          0\n',
  '10.0.0.2        65003        down active                0          0\n',
  `${answerMark}done\n`,
  told('10.0.0.1', '192.168.80.10'),
  told('10.0.0.2', '192.168.80.10'),
  `${answerMark}done\n`,
].join('');

/** A route that is configured and not forwarded by. */
const scriptAnswer = JSON.stringify({
  version: 1,
  owned: [{ prefix: '192.168.80.10/32', nextHop: '10.10.4.10', isInstalled: false }],
  foreign: [{ prefix: 'fd10:80::66/128', nextHop: 'blackhole' }],
  isUnconfirmed: false,
});

function spoiled(text: string, seed: number): readonly string[] {
  const random = new Random(seed);
  return Array.from({ length: spoiledAnswers }, () => mutate(text, random));
}

describe('an answer that was spoiled on its way', () => {
  it('from ExaBGP is no reading, or one of whole host routes that nobody is said to listen to', () => {
    const readings = spoiled(exabgpAnswer, 41).map(parseReading);

    const routes = readings.flatMap((reading) => reading?.told ?? []);
    const neighbours = readings.flatMap((reading) => reading?.neighbours ?? []);
    expect(readings).toContain(undefined);
    expect(routes.length).toBeGreaterThan(0);
    expect(routes.filter(({ prefix }) => hostPrefixAddress(prefix) === undefined)).toEqual([]);
    expect(routes.filter(({ nextHop }) => parseAddress(nextHop) !== nextHop)).toEqual([]);
    expect(neighbours.filter(({ isEstablished }) => isEstablished)).toEqual([]);
  });

  it('from a script is no reading, or one that calls nothing installed that is not', () => {
    const answers = spoiled(scriptAnswer, 42).map(parseAnswer);

    const owned = answers.flatMap((answer) => ('reading' in answer ? answer.reading.owned : []));
    expect(answers.some((answer) => 'problem' in answer)).toBe(true);
    expect(owned.length).toBeGreaterThan(0);
    expect(owned.filter(({ isInstalled }) => isInstalled)).toEqual([]);
    expect(owned.filter(({ prefix }) => hostPrefixAddress(prefix) === undefined)).toEqual([]);
  });
});
