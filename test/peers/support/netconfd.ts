import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSshTransport } from '../../../src/adapters/transports/ssh/transport.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { mustRun } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { freePort } from '../../support/free-ports.ts';
import { until } from '../../support/until.ts';

/** What the server keeps: routes with a next hop, under a model of our own. */
export const routesNamespace = 'urn:detour:test';

const model = `module detour-test {
  namespace "${routesNamespace}";
  prefix dt;
  revision 2026-01-01;
  container routes {
    list route {
      key "prefix";
      leaf prefix { type string; }
      leaf next-hop { type string; }
    }
  }
}
`;

export interface NetconfPeer extends AsyncDisposable {
  /** A way there of its own, over SSH, as root. */
  openTransport(): Transport;
}

/** Starts Debian's netconfd, and an sshd whose subsystem leads to it; nothing of it outlives the test. */
export async function startNetconfd(): Promise<NetconfPeer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-netconfd-'));
  // The server must be told the port that sshd will have, so it is found out before.
  const port = await freePort();
  await writeFile(`${folder}/detour-test.yang`, model);
  const socket = `${folder}/netconfd.sock`;
  // It writes a backup of its configuration into whatever folder it runs in.
  const command = [
    'env',
    `HOME=${folder}`,
    'netconfd',
    '--no-startup',
    '--superuser=root',
    '--target=candidate',
    `--port=${port}`,
    `--ncxserver-sockname=${socket}`,
    `--module=${folder}/detour-test.yang`,
    `--modpath=/usr/share/yuma/modules:${folder}`,
  ];
  const server = new Daemon('netconfd', command, { folder });
  const door = await startSshd(folder, port, socket);
  await until('netconfd to run', () => listening(server, 'Running netconfd server'));
  await until('sshd to listen', () => listening(door.daemon, 'Server listening'));
  return {
    openTransport: () =>
      openSshTransport({
        type: 'ssh',
        host: '127.0.0.1',
        port,
        user: 'root',
        privateKeyFile: `${folder}/user-key`,
        hostKeys: [door.hostKey],
        connectTimeoutMs: 10_000,
      }),
    async [Symbol.asyncDispose](): Promise<void> {
      await door.daemon[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startSshd(
  folder: string,
  port: number,
  socket: string,
): Promise<{ readonly daemon: Daemon; readonly hostKey: string }> {
  for (const name of ['host-key', 'user-key']) {
    await mustRun(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', `${folder}/${name}`]);
  }
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host-key`,
    `AuthorizedKeysFile ${folder}/user-key.pub`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'PidFile none',
    `Subsystem netconf "/usr/sbin/netconf-subsystem --ncxserver-sockname=${port}@${socket}"`,
  ];
  await writeFile(`${folder}/sshd_config`, `${config.join('\n')}\n`);
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const daemon = new Daemon('sshd', ['/usr/sbin/sshd', '-D', '-e', '-f', `${folder}/sshd_config`]);
  const fingerprint = await mustRun(['ssh-keygen', '-l', '-f', `${folder}/host-key.pub`]);
  return { daemon, hostKey: fingerprint.split(' ')[1] ?? '' };
}

function listening(daemon: Daemon, words: string): boolean {
  if (daemon.hasEnded) {
    throw new Error(daemon.output);
  }
  return daemon.output.includes(words);
}
