import { describe, expect, it } from 'vitest';
import {
  changeLines,
  dialogues,
  readingQuestion,
} from '../../../src/adapters/routers/frr/commands.ts';
import { parseReading } from '../../../src/adapters/routers/frr/parse.ts';
import { RouteTable } from '../../../src/quickstart/route-table.ts';
import { RouterShell } from '../../../src/quickstart/router-shell.ts';

const mark = { tag: 7101, distance: 1 };
const route = { prefix: '127.0.80.100/32', nextHop: '127.0.80.10' };

function shellWith(lines: readonly string[] = []): { shell: RouterShell; table: RouteTable } {
  const table = new RouteTable('127.0.80.0/24');
  const shell = new RouterShell(table);
  shell.run(['configure terminal', ...lines, 'end'].join('\n'));
  return { shell, table };
}

describe('the software router', () => {
  it('takes the lines that the FRR driver writes and shows them as the driver reads them', () => {
    const { shell, table } = shellWith();
    const [text = ''] = dialogues(
      changeLines({ add: [route], remove: [], unchanged: [] }, mark),
      false,
    );

    const answer = shell.run(text);

    expect(answer).toEqual({ output: '', exitCode: 0 });
    expect(table.nextHopOf('127.0.80.100')).toBe('127.0.80.10');
    expect(parseReading(shell.run(readingQuestion).output, mark.tag)).toMatchObject({
      reading: { owned: [{ ...route, isInstalled: true }], foreign: [] },
    });
  });

  it('shows a hand-made route as foreign', () => {
    const { shell } = shellWith(['ip route 127.0.80.7/32 127.0.80.1']);

    expect(parseReading(shell.run(readingQuestion).output, mark.tag)).toMatchObject({
      reading: { owned: [], foreign: [{ prefix: '127.0.80.7/32', nextHop: '127.0.80.1' }] },
    });
  });

  it('keeps a route whose next hop it cannot reach, but does not forward by it', () => {
    const { shell, table } = shellWith(['ip route 127.0.80.100/32 127.9.9.9 tag 7101']);

    expect(table.nextHopOf('127.0.80.100')).toBeUndefined();
    expect(parseReading(shell.run(readingQuestion).output, mark.tag)).toMatchObject({
      reading: { owned: [{ nextHop: '127.9.9.9', isInstalled: false }] },
    });
  });

  it('stops at the first line that it does not know; those before it stay', () => {
    const { shell, table } = shellWith();

    const answer = shell.run(
      'configure terminal\nip route 127.0.80.1/32 127.0.80.10\nip rout x\nip route 127.0.80.2/32 127.0.80.10\nend',
    );

    expect(answer).toEqual({ output: '% Unknown command: ip rout x\n', exitCode: 1 });
    expect(table.routes.map(({ prefix }) => prefix)).toEqual(['127.0.80.1/32']);
  });

  it('says so when a route that shall go is not there', () => {
    const { shell } = shellWith();

    expect(shell.run('configure terminal\nno ip route 127.0.80.9/32 127.0.80.10\nend')).toEqual({
      output: '% Refusing to remove a non-existent route\n',
      exitCode: 0,
    });
  });

  it.each([
    'ip route 127.0.80.0/24 127.0.80.10',
    'ip route 127.0.80.100/32 fd00::1',
    'ipv6 route 127.0.80.100/32 127.0.80.10',
    'ip route 127.0.80.100/32 127.0.80.10 foo',
  ])('refuses %j', (line) => {
    const { shell, table } = shellWith();

    expect(shell.run(`configure terminal\n${line}\nend`).exitCode).toBe(1);
    expect(table.routes).toEqual([]);
  });
});
