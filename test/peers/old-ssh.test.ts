import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTransport } from '../../src/adapters/transports/registry.ts';
import type { ExecOptions } from '../../src/ports/transport.ts';
import { type OldSshd, startOldSshd } from './support/old-sshd.ts';

const options = (): ExecOptions => ({ timeoutMs: 20_000, signal: AbortSignal.timeout(20_000) });

describe('an OpenSSH server that knows old algorithms only', () => {
  let server: OldSshd;

  beforeAll(async () => {
    server = await startOldSshd();
  });

  afterAll(() => server?.[Symbol.asyncDispose]());

  it('is refused before any login, and the refusal says what would let it in', async () => {
    await using transport = openTransport(server.settings);

    const error = await transport.exec('echo hello', options()).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      code: 'DETOUR_TRANSPORT_CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining('set algorithms: legacy-2012'),
    });
    expect(server.output()).not.toContain('publickey');
  });

  it('carries commands with legacy-2012, and each old algorithm in use is told', async () => {
    const told = new Set<string>();
    const settings = { ...server.settings, algorithms: 'legacy-2012' } as const;
    await using transport = openTransport(settings, {
      onOldAlgorithms: (names) => {
        for (const name of names) {
          told.add(name);
        }
      },
    });

    const result = await transport.exec('echo hello', options());

    expect(result).toMatchObject({ stdout: 'hello\n', exitCode: 0 });
    // The client's order counts: the better group and the better cipher of those that the server has.
    expect([...told]).toEqual([
      'diffie-hellman-group14-sha1',
      'ssh-rsa',
      'aes128-cbc',
      'hmac-sha1',
    ]);
  });
});
