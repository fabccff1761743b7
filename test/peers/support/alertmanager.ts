import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';

const alertsSchema = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    startsAt: z.string(),
    endsAt: z.string(),
    status: z.object({ state: z.string() }),
  }),
);

/** An alert as Alertmanager shows it. */
export type ShownAlert = z.infer<typeof alertsSchema>[number];

/** A real Alertmanager on a loopback port, alone, that passes alerts on to nobody. */
export class Alertmanager implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  #daemon: Daemon;

  private constructor(url: string, folder: string, daemon: Daemon) {
    this.url = url;
    this.#folder = folder;
    this.#daemon = daemon;
  }

  static async start(): Promise<Alertmanager> {
    const folder = await mkdtemp(join(tmpdir(), 'detour-alertmanager-'));
    await writeFile(
      join(folder, 'alertmanager.yml'),
      stringify({ route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] }),
    );
    const daemon = launch(folder, '127.0.0.1:0');
    return new Alertmanager(`http://${await addressOf(daemon)}`, folder, daemon);
  }

  /** Alerts that fire now. */
  async firing(): Promise<readonly ShownAlert[]> {
    const response = await fetch(`${this.url}/api/v2/alerts`, {
      signal: AbortSignal.timeout(5_000),
    });
    return alertsSchema.parse(await response.json());
  }

  /** Ends it with kill -9, before it could write anything down. */
  async kill(): Promise<void> {
    await this.#daemon.kill();
  }

  /** Starts it again at the same address, with nothing of what it knew. */
  async restart(): Promise<void> {
    await this.#daemon.kill();
    await rm(join(this.#folder, 'data'), { recursive: true, force: true });
    this.#daemon = launch(this.#folder, new URL(this.url).host);
    await addressOf(this.#daemon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function launch(folder: string, listen: string): Daemon {
  return new Daemon('Alertmanager', [
    'prometheus-alertmanager',
    `--config.file=${folder}/alertmanager.yml`,
    `--storage.path=${folder}/data`,
    `--web.listen-address=${listen}`,
    '--cluster.listen-address=',
  ]);
}

async function addressOf(daemon: Daemon): Promise<string> {
  return until('Alertmanager to listen', () => {
    if (daemon.hasEnded) {
      throw new Error(`Alertmanager ended: ${daemon.output}`);
    }
    return /address=(127\.0\.0\.1:[1-9]\d*)/.exec(daemon.output)?.[1];
  });
}

/** Starts Debian's Alertmanager; dispose it to end it and delete its data. */
export function startAlertmanager(): Promise<Alertmanager> {
  return Alertmanager.start();
}
