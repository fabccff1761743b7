import { mustRun } from '../../support/command.ts';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';
import { home01, type Lab, type LabPlace } from './lab.ts';

/** Runs a server at a place that says its own name on one port; resolves when it listens. */
export async function startNamed(
  lab: Lab,
  place: LabPlace,
  name: string,
  port: number,
): Promise<void> {
  const script = new URL('./origin-server.ts', import.meta.url).pathname;
  const daemon = lab.use(
    new Daemon(`${name} on ${port}`, lab.at(place, [process.execPath, script, name, `${port}`])),
  );
  await until(`${name} on ${port}`, () => daemon.output.includes('ready'), { timeoutMs: 30_000 });
}

/** The name that answers a new connection from there; to the first site's address unless said. */
export async function whoAnswers(
  lab: Lab,
  from: LabPlace,
  port: number,
  host: string = home01.address,
): Promise<string> {
  const address = host.includes(':') ? `[${host}]` : host;
  const words = await mustRun(
    lab.at(from, ['curl', '-s', '-m', '3', '--http0.9', `http://${address}:${port}/`]),
  );
  return words.split(' ')[0] ?? '';
}
