import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openTransport } from '../../../src/adapters/transports/registry.ts';
import { planRoutes } from '../../../src/core/route-plan.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { until } from '../../support/until.ts';

const route = { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' };
const later = { prefix: '192.0.2.11/32', nextHop: '198.51.100.2' };
const addRoute = planRoutes([], [route]);

/** An `ip` that keeps one file as its routing table: what the driver and its timer run is a real shell. */
const standIn = `#!/bin/sh
case "$*" in
*-batch*) while read -r _ verb rest; do
    case $verb in
      add) echo "$rest" >> "$DETOUR_TEST_TABLE" ;;
      del) grep -vxF "$rest" "$DETOUR_TEST_TABLE" > "$DETOUR_TEST_TABLE.new"; mv "$DETOUR_TEST_TABLE.new" "$DETOUR_TEST_TABLE" ;;
    esac
  done ;;
*-4*proto\\ 201) awk 'BEGIN { printf "[" } { sub("/32", "", $1); printf "%s{\\"dst\\":\\"%s\\",\\"gateway\\":\\"%s\\"}", c, $1, $3; c = "," } END { print "]" }' "$DETOUR_TEST_TABLE" ;;
*) echo '[]' ;;
esac
`;

describe('the undo timer of the linux driver', () => {
  let folder: string;
  let driver: RouteDriver;
  let signal: AbortSignal;

  beforeEach(async () => {
    signal = AbortSignal.timeout(20_000);
    folder = await mkdtemp(path.join(tmpdir(), 'detour-undo-'));
    await writeFile(path.join(folder, 'ip'), standIn);
    await chmod(path.join(folder, 'ip'), 0o755);
    await writeFile(path.join(folder, 'table'), '');
    driver = openDriver();
  });

  afterEach(async () => {
    await driver[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  function openDriver(): RouteDriver {
    const shell = openTransport({ type: 'local' });
    const transport: Transport = {
      exec: (command, options) =>
        shell.exec(
          `export PATH='${folder}':"$PATH" XDG_RUNTIME_DIR='${folder}' DETOUR_TEST_TABLE='${folder}/table'\n${command}`,
          options,
        ),
      openStream: (kind, end) => shell.openStream(kind, end),
      [Symbol.asyncDispose]: () => shell[Symbol.asyncDispose](),
    };
    return openRouteDriver('linux', { router: 'edge-1', transport, options: {} });
  }

  const table = async (): Promise<string> =>
    (await readFile(path.join(folder, 'table'), 'utf8')).trim();

  it('takes back what nobody confirms, although its session has ended', async () => {
    await driver.applyUnconfirmed?.(addRoute, 1_000, signal);
    const during = await driver.read(signal);
    await driver[Symbol.asyncDispose]();

    expect(during).toMatchObject({ owned: [route], isUnconfirmed: true });
    await until('the timer to fire', async () => (await table()) === '');
    driver = openDriver();
    expect(await driver.read(signal)).toEqual({ owned: [], foreign: [] });
  });

  it('leaves what was confirmed', async () => {
    const change = await driver.applyUnconfirmed?.(addRoute, 1_000, signal);

    await change?.confirm(signal);
    // A later change with the same wait is over, so the time of the first is over too.
    await driver.applyUnconfirmed?.(planRoutes([], [later]), 1_000, signal);
    await until('the second timer to fire', async () => !(await table()).includes(later.prefix));

    expect(await driver.read(signal)).toEqual({
      owned: [{ ...route, isInstalled: true }],
      foreign: [],
    });
  });

  it('goes back at once when it is told to', async () => {
    const change = await driver.applyUnconfirmed?.(addRoute, 30_000, signal);

    await change?.cancel(signal);

    expect(await driver.read(signal)).toEqual({ owned: [], foreign: [] });
  });

  it('says so when the timer was first', async () => {
    const change = await driver.applyUnconfirmed?.(addRoute, 1_000, signal);
    await until('the timer to fire', async () => (await table()) === '');

    await expect(change?.confirm(signal)).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_CHANGE_UNDONE',
    });
  });

  it('begins nothing while another change waits', async () => {
    const change = await driver.applyUnconfirmed?.(addRoute, 30_000, signal);

    const second = driver.applyUnconfirmed?.(addRoute, 30_000, signal);

    await expect(second).rejects.toMatchObject({ code: 'DETOUR_ROUTER_LOCKED' });
    await change?.cancel(signal);
  });
});
