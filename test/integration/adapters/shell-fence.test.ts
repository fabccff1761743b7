import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fence, shellExit } from '../../../src/adapters/routers/shell-state.ts';
import { openLocalTransport } from '../../../src/adapters/transports/local/transport.ts';
import { until } from '../../support/until.ts';

describe('the fence of a router with a shell', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'detour-fence-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const written = async (): Promise<string> =>
    await readFile(`${folder}/routes`, 'utf8').catch(() => '');

  /** One change in a term: what it says as it begins, and what it writes at its end. */
  const change = async (term: number, act: string): Promise<number | null> => {
    const lines = [...fence(`d=${folder}; n=edge`, term), act];
    const signal = AbortSignal.timeout(10_000);
    // A shell of its own each: two controllers do not wait for each other.
    const { exitCode } = await openLocalTransport().exec(lines.join('\n'), {
      timeoutMs: 10_000,
      signal,
    });
    return exitCode;
  };

  it('lets no change of a newer term in between the check and the routes of an older one', async () => {
    const older = change(
      1,
      `echo begun > ${folder}/begun; sleep 1; echo older >> ${folder}/routes`,
    );
    const hasBegun = async (): Promise<boolean> =>
      (await readFile(`${folder}/begun`, 'utf8').catch(() => '')) !== '';
    await until('the older to be past its check', hasBegun, { everyMs: 5 });

    const newer = change(2, `echo newer >> ${folder}/routes`);

    expect(await Promise.all([older, newer])).toEqual([0, 0]);
    expect(await written()).toBe('older\nnewer\n');
  });

  it('refuses an older term once a newer one was here', async () => {
    expect(await change(2, 'true')).toBe(0);
    expect(await change(1, `echo older >> ${folder}/routes`)).toBe(shellExit.fenced);
    expect(await written()).toBe('');
  });
});
