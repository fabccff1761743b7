import { createServer, type Server, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { hostKeyFingerprint } from '../../../src/adapters/transports/ssh/host-key.ts';
import { makeSshKeyPair } from '../../../src/adapters/transports/ssh/key-pair.ts';
import type { Device, NetconfWire } from './device.ts';
import { Terminal, type Wire } from './terminal.ts';

/** How the simulated devices let people in. */
export const simulatedLogin = { user: 'detour', password: 'opensesame' } as const;

export interface DeviceServer extends AsyncDisposable {
  readonly port: number;
  /** As `ssh-keygen -l` prints it. */
  readonly hostKey: string;
  /** Logins that got as far as a session. */
  readonly logins: () => number;
  /** Connections that were taken, whatever came of them. */
  readonly connections: () => number;
}

export interface SshServerOptions {
  /** Offered instead of the usual algorithms. */
  readonly algorithms?: ssh2.ServerConfig['algorithms'];
  readonly hostKeyType?: 'ed25519' | 'rsa';
  /** What becomes of each piece that the device says before it goes out; nothing unless said. */
  readonly spoil?: (text: string) => string;
}

/** Puts a simulated device behind a real SSH server on loopback. */
export async function serveOverSsh(
  device: Device,
  { algorithms, hostKeyType = 'ed25519', spoil = asIs }: SshServerOptions = {},
): Promise<DeviceServer> {
  const key =
    hostKeyType === 'rsa'
      ? ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 })
      : makeSshKeyPair();
  const seen = { logins: 0, channels: 0, connections: 0 };
  const clients = new Set<ssh2.Connection>();
  const ssh = new ssh2.Server(
    { hostKeys: [key.private], ...(algorithms === undefined ? {} : { algorithms }) },
    (client) => {
      clients.add(client);
      client.on('close', () => clients.delete(client));
      client.on('error', () => client.end());
      serveClient(client, { device, spoil }, seen);
    },
  );
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (device.faults.connection === 'silent') {
      return;
    }
    const begin = (): void => {
      ssh.injectSocket(socket);
    };
    if (device.faults.bannerDelayMs === undefined) {
      begin();
    } else {
      setTimeout(begin, device.faults.bannerDelayMs).unref();
    }
  });
  const parsed = ssh2.utils.parseKey(key.public);
  if (parsed instanceof Error) {
    throw parsed;
  }
  return {
    port: await listen(server),
    hostKey: hostKeyFingerprint(parsed.getPublicSSH()),
    logins: () => seen.logins,
    connections: () => seen.connections,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** A device, and what becomes of its words on their way. */
interface Served {
  readonly device: Device;
  readonly spoil: (text: string) => string;
}

const asIs = (text: string): string => text;

function serveClient(
  client: ssh2.Connection,
  served: Served,
  seen: { logins: number; channels: number },
): void {
  const { device, spoil } = served;
  client.on('authentication', (context) => {
    const isRight =
      context.method === 'password' &&
      context.username === simulatedLogin.user &&
      context.password === simulatedLogin.password;
    if (isRight && device.faults.isLoginRefused !== true) {
      context.accept();
    } else {
      context.reject(['password']);
    }
  });
  client.on('session', (acceptSession, rejectSession) => {
    if (seen.channels >= (device.faults.maxChannels ?? Number.POSITIVE_INFINITY)) {
      rejectSession();
      return;
    }
    const session = acceptSession();
    seen.channels += 1;
    client.on('close', () => {
      seen.channels -= 1;
    });
    session.on('pty', (accept) => accept());
    session.on('shell', (accept) => {
      seen.logins += 1;
      serveShell(client, accept(), served);
    });
    session.on('subsystem', (accept, reject, { name }) => {
      if (name !== 'netconf' || device.serveNetconf === undefined) {
        reject();
        return;
      }
      seen.logins += 1;
      device.serveNetconf(netconfWire(client, accept(), spoil), simulatedLogin.user);
    });
  });
}

function serveShell(
  client: ssh2.Connection,
  channel: ssh2.ServerChannel,
  { device, spoil }: Served,
): void {
  const wire: Wire = {
    write: (text) => {
      channel.write(spoil(text));
    },
    close: () => client.end(),
  };
  const terminal = new Terminal(wire, { faults: device.faults, pagerPrompt: device.pagerPrompt });
  channel.on('data', (chunk: Buffer) => terminal.take(chunk.toString()));
  channel.on('error', () => terminal.end());
  channel.on('close', () => terminal.end());
  client.on('close', () => terminal.end());
  void serveTerminal(terminal, device).then(() => {
    channel.exit(0);
    channel.end();
  });
}

/** One visit on a terminal, whatever carries it. */
export async function serveTerminal(terminal: Terminal, device: Device): Promise<void> {
  if (device.faults.motd !== undefined) {
    terminal.print(device.faults.motd);
  }
  await device.serve(terminal, simulatedLogin.user);
  await terminal.hangUp();
}

function netconfWire(
  client: ssh2.Connection,
  channel: ssh2.ServerChannel,
  spoil: Served['spoil'],
): NetconfWire {
  channel.on('error', () => undefined);
  return {
    write: (text) => {
      channel.write(spoil(text));
    },
    close: () => {
      channel.end();
      client.end();
    },
    onData: (take) => {
      channel.on('data', (chunk: Buffer) => take(chunk.toString()));
    },
    onClose: (act) => {
      client.on('close', act);
    },
  };
}

/** Listens at a free port of loopback and gives it back. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
