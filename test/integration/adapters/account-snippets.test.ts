import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EosDevice } from '../../simulators/eos/eos-device.ts';
import { IosDevice } from '../../simulators/ios/ios-device.ts';
import { openBench } from '../../simulators/support/bench.ts';
import type { Device } from '../../simulators/support/device.ts';

const routes = [
  { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' },
  { prefix: '2001:db8::10/128', nextHop: '2001:db8:4::2' },
];
const soon = (): AbortSignal => AbortSignal.timeout(40_000);

const readme = (driver: string): readonly string[] =>
  readFileSync(
    path.join(import.meta.dirname, `../../../src/adapters/routers/${driver}/README.md`),
    'utf8',
  ).split('\n');

/** Lines of a view: with `all` whatever follows the words is let through, without it nothing. */
function iosAllows(line: string): boolean {
  // A pipe only filters what is shown.
  const command = line.replace(/ \|.*$/, '');
  return readme('ios')
    .map((one) => /^ commands (?:exec|configure) include (all )?(.*)$/.exec(one))
    .filter((found) => found !== null)
    .some(([, all, words = '']) =>
      all === undefined ? command === words : `${command} `.startsWith(`${words} `),
    );
}

/** Rules of a role: a command must be what the pattern says, whole. */
function eosAllows(line: string): boolean {
  return readme('eos')
    .map((one) => /^ +\d+ permit mode (?:exec|config-all) command (.*)$/.exec(one)?.[1])
    .filter((pattern) => pattern !== undefined)
    .some((pattern) => new RegExp(`^(?:${pattern})$`).test(line));
}

/** A divert that is confirmed, one that is taken back, a restore, and every reading between them. */
async function linesOf(driver: string, device: Device): Promise<readonly string[]> {
  await using bench = await openBench(device, { driver, options: { writeMemory: true } });
  const plan = { add: routes, remove: [], unchanged: [] };
  const first = await bench.driver.applyUnconfirmed?.(plan, 40_000, soon());
  await first?.cancel(soon());
  const second = await bench.driver.applyUnconfirmed?.(plan, 40_000, soon());
  await second?.confirm(soon());
  await bench.driver.read(soon());
  await bench.driver.apply({ add: [], remove: routes, unchanged: [] }, soon());
  return [...device.received];
}

describe.each([
  ['ios', (): Device => new IosDevice({ hasArchive: true }), iosAllows],
  ['eos', (): Device => new EosDevice(), eosAllows],
] as const)('the account that the readme of %s tells people to paste', (driver, device, allows) => {
  it('lets every line through that a change and its undoing need', async () => {
    const lines = await linesOf(driver, device());

    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => !allows(line))).toEqual([]);
  });

  it.each([
    'reload',
    'configure replace flash:other',
    'show startup-config',
    'username mallory privilege 15',
    'router bgp 65000',
    'copy running-config tftp:',
    'configure session mine',
  ])('does not let "%s" through', (line) => {
    expect(allows(line)).toBe(false);
  });
});
