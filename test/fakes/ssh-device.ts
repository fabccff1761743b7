import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { hostKeyFingerprint } from '../../src/adapters/transports/ssh/host-key.ts';
import { makeSshKeyPair } from '../../src/adapters/transports/ssh/key-pair.ts';

/** What a device does with one command. */
export type OnExec = (channel: ssh2.ServerChannel, command: string) => void;

export interface SshDeviceOptions {
  readonly onExec?: OnExec;
  /** Hears that a channel is asked for, before it is given. */
  readonly onChannel?: () => void;
  /** Words shown before the login. */
  readonly banner?: string;
  readonly algorithms?: ssh2.Algorithms;
  /** Lets this password in; without it nobody may use one. */
  readonly password?: string;
}

/** A device that speaks real SSH on loopback, and counts what reached it. */
export interface SshDevice extends AsyncDisposable {
  readonly port: number;
  readonly fingerprint: string;
  /** The private key that is let in. */
  readonly privateKey: string;
  /** Attempts to log in, of any kind but the question which ways there are. */
  readonly logins: number;
  readonly commands: readonly string[];
  readonly connections: number;
  /** Cuts every connection without a word. */
  cut(): void;
}

function publicKeyOf(text: string | Buffer): ssh2.ParsedKey {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) {
    throw parsed;
  }
  return parsed;
}

const answerOk: OnExec = (channel) => {
  channel.write('done\n');
  channel.exit(0);
  channel.end();
};

/** Opens a device; it answers `done` to every command unless told otherwise. */
export async function openSshDevice(options: SshDeviceOptions = {}): Promise<SshDevice> {
  const hostKey = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 });
  const userKey = makeSshKeyPair();
  const allowed = publicKeyOf(userKey.public).getPublicSSH();
  const commands: string[] = [];
  const seen = { logins: 0, connections: 0 };
  const sockets = new Set<Socket>();
  const { onExec = answerOk, onChannel, banner, algorithms, password } = options;
  const server = new ssh2.Server(
    {
      hostKeys: [hostKey.private],
      ...(banner === undefined ? {} : { banner }),
      ...(algorithms === undefined ? {} : { algorithms }),
    },
    (client) => {
      seen.connections += 1;
      client.on('authentication', (context) => {
        if (context.method !== 'none') {
          seen.logins += 1;
        }
        const isKey = context.method === 'publickey' && context.key.data.equals(allowed);
        const isPassword =
          context.method === 'password' && password !== undefined && context.password === password;
        if (isKey || isPassword) {
          context.accept();
        } else {
          context.reject(['publickey', 'password']);
        }
      });
      client.on('session', (accept) => {
        onChannel?.();
        accept().on('exec', (acceptExec, _reject, { command }) => {
          commands.push(command);
          onExec(acceptExec(), command);
        });
      });
      client.on('error', () => undefined);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const front = await openFront(port, sockets);
  const cut = (): void => {
    for (const socket of sockets) {
      socket.destroy();
    }
  };
  return {
    port: front.port,
    fingerprint: hostKeyFingerprint(publicKeyOf(hostKey.public).getPublicSSH()),
    privateKey: userKey.private,
    get logins() {
      return seen.logins;
    },
    commands,
    get connections() {
      return seen.connections;
    },
    cut,
    async [Symbol.asyncDispose](): Promise<void> {
      cut();
      front.server.close();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/** A wire in front of the device that can be cut. */
async function openFront(
  port: number,
  sockets: Set<Socket>,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}
