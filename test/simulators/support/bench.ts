import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openRouteDriver } from '../../../src/adapters/routers/registry.ts';
import { openSshTransport } from '../../../src/adapters/transports/ssh/transport.ts';
import type { RouteDriver } from '../../../src/ports/route-driver.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import type { RouterBench } from '../../contract/route-driver.contract.ts';
import type { Device, DeviceRoute } from './device.ts';
import { type DeviceServer, serveOverSsh, simulatedLogin } from './ssh-server.ts';

export interface DriverBench extends AsyncDisposable {
  readonly driver: RouteDriver;
  readonly server: DeviceServer;
}

export interface BenchOptions {
  readonly driver: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly enablePassword?: string;
  readonly connectTimeoutMs?: number;
}

/** A file with the password of the simulated devices, readable by us alone. */
export async function passwordFile(): Promise<{ readonly file: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-simulator-'));
  const file = path.join(folder, 'password');
  await writeFile(file, `${simulatedLogin.password}\n`, { mode: 0o600 });
  return {
    file,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Opens a transport over SSH to a simulated device; closing it takes its password file along. */
export async function sshTo(server: DeviceServer, connectTimeoutMs = 5_000): Promise<Transport> {
  const secret = await passwordFile();
  const transport = sshWith(server, secret.file, connectTimeoutMs);
  return {
    exec: (command, options) => transport.exec(command, options),
    openStream: (kind, signal) => transport.openStream(kind, signal),
    async [Symbol.asyncDispose](): Promise<void> {
      await transport[Symbol.asyncDispose]();
      await secret[Symbol.asyncDispose]();
    },
  };
}

function sshWith(server: DeviceServer, secretFile: string, connectTimeoutMs = 5_000): Transport {
  return openSshTransport({
    type: 'ssh',
    host: '127.0.0.1',
    port: server.port,
    user: simulatedLogin.user,
    passwordFile: secretFile,
    hostKeys: [server.hostKey],
    connectTimeoutMs,
  });
}

/** Puts a simulated device behind SSH and opens Detour's driver on it. */
export async function openBench(device: Device, options: BenchOptions): Promise<DriverBench> {
  const server = await serveOverSsh(device);
  const driver = openOn(options, await sshTo(server, options.connectTimeoutMs));
  return {
    driver,
    server,
    async [Symbol.asyncDispose](): Promise<void> {
      await driver[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A simulated device for the contract of route drivers. */
export async function simulatorBench(device: Device, options: BenchOptions): Promise<RouterBench> {
  const server = await serveOverSsh(device);
  const secret = await passwordFile();
  return {
    openDriver: () => openOn(options, sshWith(server, secret.file, options.connectTimeoutMs)),
    readRaw: async () =>
      device.hostRoutes().toSorted((one, other) => (rawKey(one) < rawKey(other) ? -1 : 1)),
    addForeign: async (route) => device.addForeign(route),
    removeForeign: async (route) => device.removeByHand(route),
    async [Symbol.asyncDispose](): Promise<void> {
      await server[Symbol.asyncDispose]();
      await secret[Symbol.asyncDispose]();
    },
  };
}

const rawKey = ({ prefix, nextHop }: DeviceRoute): string => `${prefix} ${nextHop}`;

function openOn(
  { driver: kind, options = {}, enablePassword }: BenchOptions,
  transport: Transport,
): RouteDriver {
  return openRouteDriver(kind, {
    router: 'edge-1',
    transport,
    options,
    ...(enablePassword === undefined ? {} : { enablePassword: async () => enablePassword }),
  });
}
