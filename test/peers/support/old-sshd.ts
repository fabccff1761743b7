import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SshTransportSettings } from '../../../src/config/settings.ts';
import { mustRun } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { freePort } from '../../support/free-ports.ts';
import { until } from '../../support/until.ts';

/** A server of today that has nothing but what a switch of 2010 knows. */
export interface OldSshd extends AsyncDisposable {
  readonly settings: SshTransportSettings;
  /** What the server wrote, for a test that failed. */
  readonly output: () => string;
}

/** Starts OpenSSH's own server with old algorithms and no others; a login with our RSA key gets a shell. */
export async function startOldSshd(): Promise<OldSshd> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-old-sshd-'));
  for (const name of ['host-key', 'user-key']) {
    await mustRun([
      'ssh-keygen',
      '-q',
      '-t',
      'rsa',
      '-b',
      '2048',
      '-N',
      '',
      '-f',
      `${folder}/${name}`,
    ]);
  }
  const port = await freePort();
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host-key`,
    `AuthorizedKeysFile ${folder}/user-key.pub`,
    'KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1',
    'HostKeyAlgorithms ssh-rsa',
    'Ciphers aes128-cbc,3des-cbc',
    'MACs hmac-sha1',
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'PidFile none',
  ];
  await writeFile(`${folder}/sshd_config`, `${config.join('\n')}\n`);
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const daemon = new Daemon('sshd', ['/usr/sbin/sshd', '-D', '-e', '-f', `${folder}/sshd_config`]);
  await until('sshd to listen', () => {
    if (daemon.hasEnded) {
      throw new Error(daemon.output);
    }
    return daemon.output.includes('Server listening');
  });
  const fingerprint = await mustRun(['ssh-keygen', '-l', '-f', `${folder}/host-key.pub`]);
  return {
    settings: {
      type: 'ssh',
      host: '127.0.0.1',
      port,
      user: 'root',
      privateKeyFile: `${folder}/user-key`,
      hostKeys: [fingerprint.split(' ')[1] ?? ''],
      connectTimeoutMs: 10_000,
    },
    output: () => daemon.output,
    async [Symbol.asyncDispose](): Promise<void> {
      await daemon[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
