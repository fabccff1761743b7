import { timingSafeEqual } from 'node:crypto';
import ssh2 from 'ssh2';
import { hostKeyFingerprint } from '../adapters/transports/ssh/host-key.ts';
import { makeSshKeyPair } from '../adapters/transports/ssh/key-pair.ts';
import { DetourError } from '../lib/errors.ts';
import type { RouterShell } from './router-shell.ts';

/** How to reach the software router over SSH. */
export interface RouterAccess extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /** As `ssh-keygen -l` prints it; made anew at each start. */
  readonly fingerprint: string;
  /** The private key that is let in, in OpenSSH format. */
  readonly privateKey: string;
}

const user = 'detour';

function publicKeyOf(key: string | Buffer): ssh2.ParsedKey {
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) {
    throw parsed;
  }
  return parsed;
}

function isAllowed(context: ssh2.AuthContext, allowed: ssh2.ParsedKey): boolean {
  if (context.method !== 'publickey' || context.username !== user) {
    return false;
  }
  const wanted = allowed.getPublicSSH();
  const isSameKey =
    context.key.data.length === wanted.length && timingSafeEqual(context.key.data, wanted);
  // The first request only asks whether this key would do; the second one is signed with it.
  return (
    isSameKey &&
    (context.signature === undefined ||
      (context.blob !== undefined &&
        allowed.verify(context.blob, context.signature, context.hashAlgo)))
  );
}

function serve(client: ssh2.Connection, shell: RouterShell, allowed: ssh2.ParsedKey): void {
  client.on('authentication', (context) => {
    if (isAllowed(context, allowed)) {
      context.accept();
    } else {
      context.reject(['publickey']);
    }
  });
  client.on('session', (acceptSession) => {
    acceptSession().on('exec', (acceptExec, _reject, { command }) => {
      const channel = acceptExec();
      const { output, exitCode } = shell.run(command);
      channel.write(output);
      channel.exit(exitCode);
      channel.end();
    });
  });
  // A client that goes away in the middle is no trouble of the router.
  client.on('error', () => client.end());
}

/** Small answers must not wait for acknowledgements; the library can do this, its types do not say so. */
function sendAtOnce(client: ssh2.Connection): void {
  if ('setNoDelay' in client && typeof client.setNoDelay === 'function') {
    client.setNoDelay(true);
  }
}

/** Opens the router's SSH server on loopback with fresh keys. Rejects with DETOUR_LISTEN_FAILED. */
export async function openRouterSsh(shell: RouterShell): Promise<RouterAccess> {
  const hostKey = makeSshKeyPair();
  const userKey = makeSshKeyPair();
  const allowed = publicKeyOf(userKey.public);
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    clients.add(client);
    sendAtOnce(client);
    client.on('close', () => clients.delete(client));
    serve(client, shell, allowed);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error) =>
      reject(
        new DetourError('The software router could not listen for SSH on 127.0.0.1', {
          code: 'DETOUR_LISTEN_FAILED',
          cause,
        }),
      ),
    );
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    user,
    fingerprint: hostKeyFingerprint(publicKeyOf(hostKey.public).getPublicSSH()),
    privateKey: userKey.private,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const client of clients) {
        client.end();
      }
      await closed;
    },
  };
}
