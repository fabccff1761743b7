import { describe, expect, it } from 'vitest';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import type { RoutePlan } from '../../../src/core/route-plan.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const route = { prefix: '192.0.2.1/32', nextHop: '198.51.100.1' };
const plan: RoutePlan = { add: [route], remove: [], unchanged: [] };
const empty = '{"version":1,"owned":[],"foreign":[]}';

/** A program of one line of shell, which finds the verb in $1 and the request on its input. */
function openWith(line: string, options: Readonly<Record<string, unknown>> = {}): RouteDriver {
  return openRouteDriver('script', {
    router: 'edge',
    transport: openTransport({ type: 'local' }),
    options: { command: ['/bin/sh', '-c', line, 'script'], ...options },
  });
}

/** Reads well, and does something else when it is to change anything. */
const changing = (act: string): string => `case $1 in read) echo '${empty}' ;; *) ${act} ;; esac`;

describe('the script driver', () => {
  it('gives the program its verb and one JSON document, words untouched by any shell', async () => {
    const line = `test "$1" = "it's \\$HOME" && [ "$2" = read ] && grep -q '"router":"edge"' && echo '${empty}'`;
    const driver = openRouteDriver('script', {
      router: 'edge',
      transport: openTransport({ type: 'local' }),
      options: { command: ['/bin/sh', '-c', line, 'script', "it's $HOME"] },
    });

    expect(await driver.read(soon())).toEqual({ owned: [], foreign: [] });
    await driver[Symbol.asyncDispose]();
  });

  it.each([
    [65, 'DETOUR_ROUTER_COMMAND_REJECTED', false],
    [69, 'DETOUR_ROUTER_CHANGE_UNDONE', false],
    [75, 'DETOUR_ROUTER_LOCKED', false],
    [1, 'DETOUR_ROUTER_COMMAND_REJECTED', true],
    [127, 'DETOUR_ROUTER_COMMAND_REJECTED', true],
  ])('reads exit code %i of a change as %s, retryable %s', async (exit, code, retryable) => {
    await using driver = openWith(changing(`echo why >&2; exit ${exit}`));

    await expect(driver.apply(plan, soon())).rejects.toMatchObject({
      code,
      retryable,
      detail: expect.stringContaining('why'),
    });
  });

  it.each([
    ['nothing', ''],
    ['half an answer', empty.slice(0, 20)],
    ['an answer and more', `${empty}${empty}`],
    ['another version', empty.replace('1', '2')],
    ['a key that nobody knows', empty.replace('}', ',"extra":1}')],
    ['a network', '{"version":1,"owned":[],"foreign":[{"prefix":"192.0.2.0/24","nextHop":"x"}]}'],
    [
      'a next hop of the other family',
      '{"version":1,"owned":[{"prefix":"192.0.2.1/32","nextHop":"::1","isInstalled":true}],"foreign":[]}',
    ],
  ])('takes %s for no reading', async (_what, text) => {
    await using driver = openWith(`printf '%s' '${text}'`);

    await expect(driver.read(soon())).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
      retryable: true,
    });
  });

  it('writes addresses as Detour does, however the program writes them', async () => {
    const text =
      '{"version":1,"owned":[{"prefix":"FD10:0:0::1/128","nextHop":"fd10:4:0::A","isInstalled":true}],"foreign":[],"isUnconfirmed":true}';
    await using driver = openWith(`echo '${text}'`);

    expect(await driver.read(soon())).toEqual({
      owned: [{ prefix: 'fd10::1/128', nextHop: 'fd10:4::a', isInstalled: true }],
      foreign: [],
      isUnconfirmed: true,
    });
  });

  it('stops a program at its time limit and calls the outcome unknown', async () => {
    await using driver = openWith(changing('sleep 60'), { timeLimitSeconds: 1 });

    await expect(driver.apply(plan, soon())).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_TIMEOUT',
      retryable: true,
    });
  });

  it('stops a program that never ends its answer', async () => {
    await using driver = openWith('yes');

    await expect(driver.read(soon())).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
    });
  });

  it('asks no change of a program whose router waits for a confirmation', async () => {
    const waiting = empty.replace('}', ',"isUnconfirmed":true}');
    await using driver = openWith(`case $1 in read) echo '${waiting}' ;; *) exit 1 ;; esac`);

    await expect(driver.apply(plan, soon())).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_LOCKED',
    });
  });
});
