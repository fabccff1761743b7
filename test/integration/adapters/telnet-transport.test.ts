import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTelnetTransport } from '../../../src/adapters/transports/telnet/transport.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { until } from '../../support/until.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'detour-telnet-'));
  await writeFile(path.join(folder, 'password'), 'pass-of-the-switch\n', { mode: 0o600 });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Device extends AsyncDisposable {
  readonly transport: Transport;
  /** Whole lines that reached the device. */
  readonly heard: string[];
  readonly connections: number;
}

/** A device that says something at once, and then its next words to each line. */
async function openDevice(
  greeting: string,
  words: readonly string[],
  own: { readonly user?: string; readonly connectTimeoutMs?: number } = {},
  onVisit: (write: (text: string) => void) => void = () => undefined,
): Promise<Device> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let pending = '';
    onVisit((text) => socket.write(text));
    let turn = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1');
      for (let at = pending.indexOf('\r\0'); at >= 0; at = pending.indexOf('\r\0')) {
        heard.push(pending.slice(0, at));
        pending = pending.slice(at + 2);
        const next = words[turn];
        turn += 1;
        if (next === undefined) {
          socket.end();
        } else {
          socket.write(next);
        }
      }
    });
    socket.write(greeting);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const transport = openTelnetTransport({
    type: 'telnet',
    host: '127.0.0.1',
    port,
    passwordFile: path.join(folder, 'password'),
    connectTimeoutMs: 3_000,
    ...own,
  });
  return {
    transport,
    heard,
    get connections(): number {
      return sockets.size;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await transport[Symbol.asyncDispose]();
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
    },
  };
}

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

describe('the telnet transport', () => {
  it('logs in with name and password and leaves the prompt to be read', async () => {
    const words = ['Password: ', '\r\nWelcome.\r\nswitch>'];
    await using device = await openDevice('Username: ', words, { user: 'detour' });

    await using stream = await device.transport.openStream('shell', soon());

    expect(device.heard).toEqual(['detour', 'pass-of-the-switch']);
    expect((await stream.receive(soon()))?.toString()).toBe('switch>');
  });

  it('logs in with a password only', async () => {
    await using device = await openDevice('\r\nPassword: ', ['\r\nswitch>']);

    await using stream = await device.transport.openStream('shell', soon());

    expect((await stream.receive(soon()))?.toString()).toBe('switch>');
  });

  it('waits for the prompt behind a banner that is cut in the middle of a line', async () => {
    let say = (_: string): void => undefined;
    await using device = await openDevice('Password: ', ['Authorized us'], {}, (write) => {
      say = write;
    });
    const opening = device.transport.openStream('shell', soon());
    await until('the password', () => device.heard.length === 1);
    await delay(20);

    say('e only.\r\nswitch>');

    await using stream = await opening;
    expect((await stream.receive(soon()))?.toString()).toBe('switch>');
  });

  it('does not give a device back the password that it echoed', async () => {
    await using device = await openDevice('Password: ', ['pass-of-the-switch\r\nswitch>']);

    await using stream = await device.transport.openStream('shell', soon());

    expect((await stream.receive(soon()))?.toString()).toBe('switch>');
  });

  it.each([
    ['asks again', 'Password: ', ['\r\nPassword: ', '\r\nPassword: ']],
    ['says so', 'Password: ', ['\r\n% Bad passwords, too many failures!\r\n']],
    ['has no password set', 'Vty password is not set.\r\n', []],
    ['asks for a name that nobody configured', 'login: ', ['Password: ']],
  ])('tries no second time where the device %s', async (_, greeting, words) => {
    await using device = await openDevice(greeting, words);

    const opening = device.transport.openStream('shell', soon());

    await expect(opening).rejects.toMatchObject({ code: 'DETOUR_TRANSPORT_AUTH_FAILED' });
    expect(device.heard.length).toBeLessThanOrEqual(1);
  });

  it('gives up on a device that stays silent', async () => {
    await using device = await openDevice('', [], { connectTimeoutMs: 300 });

    const opening = device.transport.openStream('shell', soon());

    await expect(opening).rejects.toMatchObject({
      code: 'DETOUR_TRANSPORT_TIMEOUT',
      retryable: true,
    });
  });

  it('notices a device that hangs up in the middle of the login', async () => {
    await using device = await openDevice('Password: ', []);

    const opening = device.transport.openStream('shell', soon());

    await expect(opening).rejects.toMatchObject({ code: 'DETOUR_TRANSPORT_LOST' });
  });

  it('carries a terminal and nothing else', async () => {
    await using device = await openDevice('Password: ', []);

    await expect(
      device.transport.exec('show version', { timeoutMs: 1_000, signal: soon() }),
    ).rejects.toMatchObject({ code: 'DETOUR_CONFIG_INVALID' });
    await expect(device.transport.openStream('netconf', soon())).rejects.toMatchObject({
      code: 'DETOUR_CONFIG_INVALID',
    });
    expect(device.connections).toBe(0);
  });
});
