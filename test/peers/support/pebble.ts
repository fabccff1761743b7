import { createSocket } from 'node:dgram';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { putCertificate } from '../../support/certificates.ts';
import { Daemon } from '../../support/daemon.ts';
import { freePort } from '../../support/free-ports.ts';
import { until } from '../../support/until.ts';

const host = '127.0.0.1';

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

export interface PebbleOptions {
  /** Where its configuration and the certificate of its own page go. */
  readonly folder: string;
  /** The port at which it asks for challenges. */
  readonly httpPort: number;
  /** The address of every name; loopback unless said. */
  readonly everyName?: string;
  /** The one customer that it takes (RFC 8555 7.3.4); anybody unless said. */
  readonly customer?: { readonly keyId: string; readonly key: string };
}

/** Pebble, an authority for tests, with a name server that knows one address for every name. */
export interface Pebble extends AsyncDisposable {
  readonly directoryUrl: string;
  /** The certificate of its own page, to be trusted by whoever asks it. */
  readonly caFile: string;
  /** What it has said so far. */
  readonly output: () => string;
}

/** Starts an authority and resolves when it takes orders. */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const { folder, httpPort, everyName = host, customer } = options;
  await using ends = new AsyncDisposableStack();
  const [listen, manage, dns] = [await freePort(), await freePort(), await freeUdpPort()];
  const label = `pebble-${listen}`;
  await putCertificate(folder, { label, names: ['localhost'] });
  const pebble = {
    listenAddress: `${host}:${listen}`,
    managementListenAddress: `${host}:${manage}`,
    certificate: join(folder, `${label}.crt`),
    privateKey: join(folder, `${label}.key`),
    httpPort,
    tlsPort: 1,
    ocspResponderURL: '',
    externalAccountBindingRequired: customer !== undefined,
    ...(customer === undefined
      ? {}
      : { externalAccountMACKeys: { [customer.keyId]: customer.key } }),
  };
  const configFile = join(folder, `${label}.json`);
  await writeFile(configFile, JSON.stringify({ pebble }));
  const names = new Daemon('pebble-challtestsrv', [
    ...['pebble-challtestsrv', '-dns01', `${host}:${dns}`, '-defaultIPv6', ''],
    ...['-defaultIPv4', everyName, '-http01', '', '-https01', '', '-tlsalpn01', ''],
    ...['-management', `${host}:${await freePort()}`],
  ]);
  ends.defer(() => names.stop());
  const server = new Daemon('pebble', [
    ...['env', 'PEBBLE_VA_NOSLEEP=1', 'PEBBLE_AUTHZREUSE=0', 'pebble'],
    ...['-config', configFile, '-dnsserver', `${host}:${dns}`],
  ]);
  ends.defer(() => server.stop());
  await until('pebble listens', () => server.output.includes('ACME directory available at'));
  const kept = ends.move();
  return {
    directoryUrl: `https://localhost:${listen}/dir`,
    caFile: pebble.certificate,
    output: () => server.output,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
