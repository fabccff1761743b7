import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { mustRun } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { inside, overlayEtc } from './namespaces.ts';

/** User ids that no package takes. */
export const firstUserId = 64_010;

/** A login over SSH has no /usr/sbin in its path; sudo has. */
const debianPath = 'Defaults secure_path="/usr/sbin:/usr/bin:/sbin:/bin"\n';

export interface SshUser {
  readonly name: string;
  /** `vtysh`: the login shell is the router's own. `bash`: a Linux login that may run `ip` by sudo. */
  readonly shell: 'vtysh' | 'bash';
  /** A program that stands between sshd and that shell. */
  readonly login?: string;
  /** What a `bash` login may run by sudo; `ip` unless said. */
  readonly mayRun?: readonly string[];
}

export interface SshServer {
  readonly daemon: Daemon;
  /** The host key as `ssh-keygen -l` prints it. */
  readonly hostKey: string;
  /** Opens every user's door. */
  readonly privateKeyFile: string;
}

export interface SshServerPlan {
  readonly namespace: string;
  readonly folder: string;
  readonly address: string;
  readonly users: readonly SshUser[];
  /** More lines for its configuration, at the end. */
  readonly config?: readonly string[];
}

async function makeKey(path: string): Promise<void> {
  await mustRun(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', path]);
}

async function layUsers({ namespace, folder, users }: SshServerPlan): Promise<void> {
  const vtyshLogin = `${folder}/vtysh-login`;
  await writeFile(vtyshLogin, `#!/bin/sh\nexec /usr/bin/vtysh -N ${namespace} "$@"\n`, {
    mode: 0o755,
  });
  // In a shell, too, `vtysh` is that of this router: a namespace of its own is the lab's affair and not the driver's.
  await mkdir(`${folder}/bin`, { recursive: true });
  await copyFile(vtyshLogin, `${folder}/bin/vtysh`);
  const groupId = (await mustRun(['getent', 'group', 'frrvty'])).split(':')[2];
  const shells = { vtysh: vtyshLogin, bash: '/bin/bash' };
  const names = users.map(({ name }) => name);
  const passwd = users.map(
    ({ name, shell, login = shells[shell] }, index) =>
      `${name}:x:${firstUserId + index}:${groupId}::${folder}:${login}`,
  );
  const shadow = names.map((name) => `${name}:*:20000:0:99999:7:::`);
  const group = (await readFile('/etc/group', 'utf8')).replaceAll(
    /^(frr|frrvty):(.*)$/gm,
    (line) => `${line}${line.endsWith(':') ? '' : ','}${names.join(',')}`,
  );
  const sudoers = users
    .filter(({ shell, mayRun }) => shell === 'bash' && mayRun?.length !== 0)
    .map(
      ({ name, mayRun = ['/usr/sbin/ip'] }) =>
        `${name} ALL=(root) NOPASSWD: ${mayRun.join(', ')}\n`,
    );
  await overlayEtc(namespace, {
    passwd: { text: `${(await readFile('/etc/passwd', 'utf8')).trim()}\n${passwd.join('\n')}\n` },
    shadow: {
      text: `${(await readFile('/etc/shadow', 'utf8')).trim()}\n${shadow.join('\n')}\n`,
      mode: 0o640,
    },
    group: { text: group },
    sudoers: { text: [debianPath, ...sudoers].join(''), mode: 0o440 },
  });
}

/** Starts a real sshd in a namespace, with users that exist nowhere else. */
export async function startSshServer(plan: SshServerPlan): Promise<SshServer> {
  const { namespace, folder, address } = plan;
  const hostKeyFile = `${folder}/host-key`;
  const privateKeyFile = `${folder}/user-key`;
  await Promise.all([makeKey(hostKeyFile), makeKey(privateKeyFile), layUsers(plan)]);
  const config = [
    'Port 22',
    `ListenAddress ${address}`,
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${privateKeyFile}.pub`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PidFile none',
    'PrintMotd no',
    `SetEnv PATH=${folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    `AllowUsers ${plan.users.map(({ name }) => name).join(' ')}`,
    ...(plan.config ?? []),
  ];
  await writeFile(`${folder}/sshd_config`, `${config.join('\n')}\n`);
  // Debian's service makes this folder when it starts; no service runs here.
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const daemon = new Daemon(
    `sshd of ${namespace}`,
    inside(namespace, ['/usr/sbin/sshd', '-D', '-e', '-f', `${folder}/sshd_config`]),
  );
  await until('sshd to listen', () => {
    if (daemon.hasEnded) {
      throw new Error(daemon.output);
    }
    return daemon.output.includes('Server listening');
  });
  const fingerprint = await mustRun(['ssh-keygen', '-l', '-f', `${hostKeyFile}.pub`]);
  return { daemon, hostKey: fingerprint.split(' ')[1] ?? '', privateKeyFile };
}
