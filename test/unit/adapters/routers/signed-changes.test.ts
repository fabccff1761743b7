import { describe, expect, it } from 'vitest';
import { fileText } from '../../../../src/adapters/routers/bird/commands.ts';
import { birdOptionsSchema } from '../../../../src/adapters/routers/bird/schema.ts';
import * as eos from '../../../../src/adapters/routers/eos/commands.ts';
import * as exabgp from '../../../../src/adapters/routers/exabgp/commands.ts';
import { exabgpOptionsSchema } from '../../../../src/adapters/routers/exabgp/schema.ts';
import * as ios from '../../../../src/adapters/routers/ios/commands.ts';
import { newestTerm } from '../../../../src/adapters/routers/term-mark.ts';
import { decisionNumber } from '../../../../src/core/command.ts';

const plan = {
  add: [{ prefix: '192.0.2.10/32', nextHop: '198.51.100.2' }],
  remove: [],
  unchanged: [],
};
const signed = { ...plan, term: 7, generation: 12 };

describe('a change that says who makes it, and by which decision', () => {
  it('names both in the names of routes, as far as there is anything to name', () => {
    const names = [eos, ios].flatMap(({ changeLines }) =>
      [plan, { ...plan, term: 7 }, { ...plan, generation: 12 }, signed].map((one) =>
        changeLines(one, 6310)[0]?.split(' name ').at(-1),
      ),
    );

    const expected = ['detour', 'detour-t7', 'detour', 'detour-t7-g12'];
    expect(names).toEqual([...expected, ...expected]);
  });

  it('sends nothing that the account is not allowed', () => {
    const stray = [eos, ios].flatMap(({ changeLines, allowedLines }) =>
      changeLines(signed, 6310).filter((line) => !allowedLines.some((one) => one.test(line))),
    );

    expect(stray).toEqual([]);
  });

  it('is read by its term, whether a decision stands behind it or not', () => {
    const lines = ['detour-t7', 'detour-t9-g12', 'detour', 'detour-t11x'].map(
      (name) => `ip route 192.0.2.10/32 198.51.100.2 tag 6310 name ${name}`,
    );

    expect(newestTerm(lines, 6310)).toBe(9);
  });

  it('signs the include file of BIRD', () => {
    const options = birdOptionsSchema.parse({});

    expect(fileText([], options, signed).split('\n').slice(1, 3)).toEqual([
      '# term 7',
      '# generation 12',
    ]);
    expect(fileText([], options, { generation: 12 })).not.toContain('generation');
  });

  it('is told to ExaBGP by large communities, whose parts hold 32 bits', () => {
    const options = exabgpOptionsSchema.parse({ witnessPort: 50_052 });
    const large = (one: typeof signed): string | undefined =>
      / (large-community \[.*?\])/.exec(exabgp.changeLines(one, options)[0] ?? '')?.[1];

    expect(large(signed)).toBe('large-community [ 64512:6310:7 4227864742:7:12 ]');
    expect(large({ ...signed, generation: 2 ** 32 })).toBe('large-community [ 64512:6310:7 ]');
    expect(large({ ...signed, term: 2 ** 32 })).toBeUndefined();
  });

  it('takes the number of the decision from the id of its command', () => {
    expect(['c12', 'c0', 'x12', 'c12b', ''].map(decisionNumber)).toEqual([
      12,
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
