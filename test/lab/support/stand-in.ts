import { mustRun } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { type Lab, labAddresses } from './lab.ts';

/** Stands where the notice process will be, for tests of the network alone. */
export async function startStandInNotice(lab: Lab): Promise<void> {
  const script = new URL('./origin-server.ts', import.meta.url).pathname;
  const daemon = lab.use(
    new Daemon('stand-in notice', lab.at('notice', [process.execPath, script, 'notice'])),
  );
  await until('the stand-in notice', () => daemon.output.includes('ready'));
}

/** Something beyond the backbone that answers whenever the controller's uplink works; gives back its address and port. */
export async function startReference(lab: Lab): Promise<string> {
  const script = new URL('./origin-server.ts', import.meta.url).pathname;
  const daemon = lab.use(
    new Daemon('reference', lab.at('client', [process.execPath, script, 'reference', '8080'])),
  );
  await until('the reference', () => daemon.output.includes('ready'));
  return `${labAddresses.client}:8080`;
}

/** Runs lines on the notice switch over SSH from the controller's machine, as a person with a terminal would. */
export async function sshFromController(
  lab: Lab,
  lines: readonly string[],
  user: 'detour' | 'ops' = 'detour',
): Promise<string> {
  return mustRun(
    lab.at('controller', [
      ...['ssh', '-F', 'none', '-i', lab.ssh.privateKeyFile, '-o', 'BatchMode=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['-o', 'LogLevel=ERROR', `${user}@${labAddresses.switch}`, lines.join('\n')],
    ]),
  );
}
