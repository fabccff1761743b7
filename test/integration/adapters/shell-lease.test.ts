import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leaseCommand, leaseInput } from '../../../src/adapters/routers/shell-lease.ts';
import { shellExit } from '../../../src/adapters/routers/shell-state.ts';
import { openLocalTransport } from '../../../src/adapters/transports/local/transport.ts';
import { second } from '../../../src/lib/time.ts';
import type { RouteLease } from '../../../src/ports/route-driver.ts';
import { until } from '../../support/until.ts';

const route = { prefix: '192.0.2.10/32', nextHop: '198.51.100.2' };
const lines = ['route del 192.0.2.10/32', 'route del 192.0.2.11/32'];

/** A real shell with a folder of its own, and a router that writes down what it is told to take back. */
describe('the timer of a lease in a real shell', () => {
  const transport = openLocalTransport();
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'detour-lease-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const taken = async (): Promise<string> =>
    await readFile(path.join(folder, 'taken'), 'utf8').catch(() => '');

  const lease = async (
    input: string,
    more: Partial<RouteLease> = {},
    state = `${folder}/state`,
  ): Promise<number | null> => {
    const means = { place: `d=${state}; n=edge`, takeBack: `tee -a ${folder}/taken` };
    const whole = { routes: [route], forMs: second, isLapseKnown: false, ...more };
    const { exitCode } = await transport.exec(leaseCommand(means, whole), {
      stdin: input,
      timeoutMs: 10_000,
      signal: AbortSignal.timeout(10_000),
    });
    return exitCode;
  };

  const untilTaken = (): Promise<unknown> =>
    until('the lines to be carried out', async () => (await taken()).includes('# end'), {
      timeoutMs: 10_000,
    });

  it('carries the whole list out when it is not renewed', async () => {
    expect(await lease(leaseInput(lines))).toBe(0);

    await untilTaken();

    expect(await taken()).toBe(leaseInput(lines));
  });

  it('does nothing when another lease has taken its place', async () => {
    await lease(leaseInput(lines));
    await lease(leaseInput(['route del 192.0.2.12/32']), { forMs: 2 * second });

    await untilTaken();

    expect(await taken()).toBe(leaseInput(['route del 192.0.2.12/32']));
  });

  it('acts also when its folder went with the last session of its account', async () => {
    await lease(leaseInput(lines));
    await rm(`${folder}/state`, { recursive: true });

    await untilTaken();

    expect(await taken()).toBe(leaseInput(lines));
  });

  it('keeps the list it has when a new one is cut off on its way', async () => {
    await lease(leaseInput(lines));

    expect(await lease('route del 192.0.2.10/32\n', { forMs: 60 * second })).toBe(shellExit.cut);

    await untilTaken();
    expect(await taken()).toBe(leaseInput(lines));
  });
});
