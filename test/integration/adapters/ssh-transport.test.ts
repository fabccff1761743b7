import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSshTransport } from '../../../src/adapters/transports/ssh/transport.ts';
import type { TransportHooks } from '../../../src/adapters/transports/transport-hooks.ts';
import type { SshTransportSettings } from '../../../src/config/settings.ts';
import type { ExecOptions, Transport } from '../../../src/ports/transport.ts';
import { openSshDevice, type SshDevice, type SshDeviceOptions } from '../../fakes/ssh-device.ts';

let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'detour-ssh-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileWith(text: string): Promise<string> {
  files += 1;
  const file = path.join(folder, `secret-${files}`);
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

async function transportTo(
  device: Pick<SshDevice, 'port' | 'fingerprint' | 'privateKey'>,
  own: Partial<SshTransportSettings> = {},
  hooks: TransportHooks = {},
): Promise<Transport> {
  const settings: SshTransportSettings = {
    type: 'ssh',
    host: '127.0.0.1',
    port: device.port,
    user: 'detour',
    hostKeys: [device.fingerprint],
    connectTimeoutMs: 5_000,
    ...(own.passwordFile === undefined
      ? { privateKeyFile: await fileWith(device.privateKey) }
      : {}),
    ...own,
  };
  return openSshTransport(settings, hooks);
}

/** What a switch of 2010 offers. */
const onlyOld = {
  kex: ['diffie-hellman-group1-sha1'],
  serverHostKey: ['ssh-rsa'],
  cipher: ['3des-cbc'],
  hmac: ['hmac-sha1'],
} satisfies SshDeviceOptions['algorithms'];

const options = (more: Partial<ExecOptions> = {}): ExecOptions => ({
  timeoutMs: 5_000,
  signal: new AbortController().signal,
  ...more,
});

const strangersPin = `SHA256:${'A'.repeat(43)}`;

describe('the SSH transport', () => {
  it('carries a command there and its whole answer back', async () => {
    await using device = await openSshDevice({
      onExec: (channel) => {
        channel.write('one\n');
        channel.stderr.write('two\n');
        channel.exit(3);
        channel.end();
      },
    });
    await using transport = await transportTo(device);

    const result = await transport.exec('show version', options());

    expect(result).toEqual({ stdout: 'one\n', stderr: 'two\n', exitCode: 3 });
    expect(device.commands).toEqual(['show version']);
  });

  it('keeps one connection for many commands, one at a time', async () => {
    let atOnce = 0;
    let most = 0;
    await using device = await openSshDevice({
      onExec: (channel) => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        setTimeout(() => {
          atOnce -= 1;
          channel.exit(0);
          channel.end();
        }, 20);
      },
    });
    await using transport = await transportTo(device);

    await Promise.all([1, 2, 3, 4].map((number) => transport.exec(`c${number}`, options())));

    expect({ connections: device.connections, most }).toEqual({ connections: 1, most: 1 });
  });

  it('makes no connection without a pin', async () => {
    await using device = await openSshDevice();
    await using transport = await transportTo(device, { hostKeys: [] });

    await expect(transport.exec('show version', options())).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_HOST_KEY_MISSING',
    });
    expect(device.connections).toBe(0);
  });

  it('sends neither a login nor a command to a device whose key is not pinned, and names the key it saw', async () => {
    await using device = await openSshDevice();
    await using transport = await transportTo(device, { hostKeys: [strangersPin] });

    const attempt = transport.exec('ip route 192.0.2.1/32 10.0.0.1', options());

    await expect(attempt).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_HOST_KEY_MISMATCH',
      retryable: false,
      message: expect.stringContaining(device.fingerprint),
    });
    expect({ logins: device.logins, commands: device.commands }).toEqual({
      logins: 0,
      commands: [],
    });
  });

  it('sends no password to a device whose key is not pinned', async () => {
    await using device = await openSshDevice({ password: 'correct horse' });
    await using transport = await transportTo(device, {
      hostKeys: [strangersPin],
      passwordFile: await fileWith('correct horse\n'),
    });

    await expect(transport.exec('x', options())).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_HOST_KEY_MISMATCH',
    });
    expect(device.logins).toBe(0);
  });

  it('holds two pins while a key is being changed', async () => {
    await using device = await openSshDevice();
    await using transport = await transportTo(device, {
      hostKeys: [strangersPin, device.fingerprint],
    });

    expect((await transport.exec('x', options())).exitCode).toBe(0);
  });

  it('logs in with a password from its file', async () => {
    await using device = await openSshDevice({ password: 'correct horse' });
    await using transport = await transportTo(device, {
      passwordFile: await fileWith('correct horse\n'),
    });

    expect((await transport.exec('x', options())).exitCode).toBe(0);
  });

  it('says that a login was refused, and does not repeat the secret', async () => {
    await using device = await openSshDevice({ password: 'correct horse' });
    await using transport = await transportTo(device, {
      passwordFile: await fileWith('battery staple\n'),
    });

    const error = await transport.exec('x', options()).catch((problem: unknown) => problem);

    expect(error).toMatchObject({ code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('battery');
  });

  it.each([
    ['a file that is not there', '/nonexistent/key', /nonexistent/],
    ['a file that holds no key', undefined, /private key/i],
  ])('names %s', async (_, file, words) => {
    await using device = await openSshDevice();
    const privateKeyFile = file ?? (await fileWith('not a key'));
    await using transport = await transportTo(device, { privateKeyFile });

    const error = await transport.exec('x', options()).catch((problem: unknown) => problem);

    expect(error).toMatchObject({ code: 'DETOUR_TRANSPORT_SECRET_UNREADABLE' });
    expect(String(error)).toMatch(words);
    expect(device.commands).toEqual([]);
  });

  it('gives up a device that accepts the connection and says nothing', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await using device = await openSshDevice();
    const silent = { ...device, port, fingerprint: device.fingerprint };
    await using transport = await transportTo(silent, { connectTimeoutMs: 200 });

    await expect(transport.exec('x', options())).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_TIMEOUT',
      retryable: true,
    });
    server.close();
  });

  it('gives up a command that never ends, says that it may have taken effect, and connects anew', async () => {
    let isHung = true;
    await using device = await openSshDevice({
      onExec: (channel) => {
        if (!isHung) {
          channel.exit(0);
          channel.end();
        }
      },
    });
    await using transport = await transportTo(device);

    await expect(transport.exec('configure', options({ timeoutMs: 200 }))).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_TIMEOUT',
      retryable: true,
      message: expect.stringContaining('may still take effect'),
    });
    isHung = false;

    expect((await transport.exec('show', options())).exitCode).toBe(0);
    expect(device.connections).toBe(2);
  });

  it('says that the connection was lost when the wire is cut in mid-command, and connects anew', async () => {
    let cut = (): void => undefined;
    await using device = await openSshDevice({
      onExec: (channel, command) => {
        channel.write('half of');
        if (command === 'first') {
          cut();
        } else {
          channel.exit(0);
          channel.end();
        }
      },
    });
    cut = (): void => device.cut();
    await using transport = await transportTo(device);

    await expect(transport.exec('first', options())).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_LOST',
      retryable: true,
    });

    expect((await transport.exec('second', options())).stdout).toBe('half of');
  });

  it('puts an answer together that comes one byte at a time', async () => {
    const text = 'a route, byte by byte\n';
    await using device = await openSshDevice({
      onExec: (channel) => {
        const bytes = [...text];
        const timer = setInterval(() => {
          const next = bytes.shift();
          if (next === undefined) {
            clearInterval(timer);
            channel.exit(0);
            channel.end();
          } else {
            channel.write(next);
          }
        }, 1);
      },
    });
    await using transport = await transportTo(device);

    expect((await transport.exec('show', options())).stdout).toBe(text);
  });

  it('gives up an answer that does not end', async () => {
    await using device = await openSshDevice({
      onExec: (channel) => {
        const pour = (): void => {
          while (channel.write(Buffer.alloc(64 * 1024, 'x'))) {
            // More than anybody will read.
          }
        };
        channel.on('drain', pour);
        channel.on('error', () => undefined);
        pour();
      },
    });
    await using transport = await transportTo(device);

    await expect(transport.exec('show', options())).rejects.toMatchObject({
      code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
    });
  });

  it('is not confused by a banner of thousands of lines', async () => {
    await using device = await openSshDevice({ banner: 'no entry\r\n'.repeat(3_000) });
    await using transport = await transportTo(device);

    expect((await transport.exec('show', options())).stdout).toBe('done\n');
  });

  it('refuses a device that offers only old algorithms', async () => {
    await using device = await openSshDevice({
      algorithms: { kex: ['diffie-hellman-group1-sha1'], serverHostKey: ['ssh-rsa'] },
    });
    await using transport = await transportTo(device);

    await expect(transport.exec('show', options())).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining('set algorithms: legacy-2012'),
    });
    expect(device.logins).toBe(0);
  });

  it('reaches such a device when its settings allow it, and tells which old algorithms it uses', async () => {
    await using device = await openSshDevice({ algorithms: onlyOld });
    const told: (readonly string[])[] = [];
    await using transport = await transportTo(
      device,
      { algorithms: 'legacy-2012' },
      {
        onOldAlgorithms: (names) => told.push(names),
      },
    );

    const { stdout } = await transport.exec('show', options());

    expect(stdout).toBe('done\n');
    expect(told).toEqual([['diffie-hellman-group1-sha1', 'ssh-rsa', '3des-cbc', 'hmac-sha1']]);
  });

  it('takes the better algorithms of a device that has both, and tells nothing', async () => {
    await using device = await openSshDevice();
    const told: (readonly string[])[] = [];
    await using transport = await transportTo(
      device,
      { algorithms: 'legacy-2012' },
      {
        onOldAlgorithms: (names) => told.push(names),
      },
    );

    await transport.exec('show', options());

    expect(told).toEqual([]);
  });

  it('holds the pin of a device with old algorithms as of any other', async () => {
    await using device = await openSshDevice({ algorithms: onlyOld });
    await using transport = await transportTo(device, {
      algorithms: 'legacy-2012',
      hostKeys: [strangersPin],
    });

    await expect(transport.exec('show', options())).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_HOST_KEY_MISMATCH',
    });
    expect(device.logins).toBe(0);
  });

  it('refuses MD5 even then, and does not advise what is set already', async () => {
    await using device = await openSshDevice({ algorithms: { ...onlyOld, hmac: ['hmac-md5'] } });
    await using transport = await transportTo(device, { algorithms: 'legacy-2012' });

    const error = await transport.exec('show', options()).catch((problem: unknown) => problem);

    expect(error).toMatchObject({ code: 'DETOUR_TRANSPORT_CONNECT_FAILED', retryable: false });
    expect(String(error)).not.toContain('legacy-2012');
  });

  it('sends nothing for a command that was given up before its turn', async () => {
    await using device = await openSshDevice();
    await using transport = await transportTo(device);
    const abort = new AbortController();
    abort.abort(new Error('overtaken'));

    await expect(
      transport.exec('configure', options({ signal: abort.signal })),
    ).rejects.toMatchObject({ code: 'DETOUR_TRANSPORT_TIMEOUT' });
    expect(device.commands).toEqual([]);
  });

  it('sends no command over a channel that was asked for before this process stood still', async () => {
    let standstills = 0;
    await using device = await openSshDevice({
      onChannel: () => {
        standstills += 1;
      },
    });
    await using transport = await transportTo(device, {}, { standstills: () => standstills });

    const answer = transport.exec('configure', options());

    await expect(answer).rejects.toMatchObject({ code: 'DETOUR_TRANSPORT_LOST', retryable: true });
    expect(device.commands).toEqual([]);
  });

  it('connects anew when it has stood still since it connected', async () => {
    let standstills = 0;
    await using device = await openSshDevice();
    await using transport = await transportTo(device, {}, { standstills: () => standstills });
    await transport.exec('show', options());
    standstills += 1;

    await transport.exec('show', options());

    expect(device.connections).toBe(2);
  });
});
