import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/until.ts';

export interface ScrapeTarget {
  readonly job: string;
  /** `127.0.0.1:8600` */
  readonly address: string;
  /** `/metrics` unless said. */
  readonly path?: string;
  /** Sent as `Authorization: Bearer …` when the target wants one. */
  readonly bearerToken?: string;
}

export interface PrometheusPlan {
  readonly targets: readonly ScrapeTarget[];
  /** Absolute paths of rule files. */
  readonly ruleFiles?: readonly string[];
  /** 1 s unless said: the shortest that Prometheus takes in whole seconds. */
  readonly scrapeSeconds?: number;
}

const sampleSchema = z.object({
  metric: z.record(z.string(), z.string()),
  value: z.tuple([z.number(), z.string()]),
});
export type Sample = z.infer<typeof sampleSchema>;

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(sampleSchema) }),
});

/** A real Prometheus that scrapes what it is told, on a free loopback port. */
export class Prometheus implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #daemon: Daemon;

  private constructor(url: string, folder: string, daemon: Daemon) {
    this.url = url;
    this.#folder = folder;
    this.#daemon = daemon;
  }

  static async start(plan: PrometheusPlan): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'detour-prometheus-'));
    const configFile = join(folder, 'prometheus.yml');
    await writeFile(configFile, stringify(configOf(plan)));
    const daemon = new Daemon('Prometheus', [
      'prometheus',
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${folder}/data`,
      '--web.listen-address=127.0.0.1:0',
    ]);
    const address = await until('Prometheus to be ready', () => {
      if (daemon.hasEnded) {
        throw new Error(`Prometheus ended: ${daemon.output}`);
      }
      return daemon.output.includes('Server is ready')
        ? /"Listening on" address=(\S+)/.exec(daemon.output)?.[1]
        : undefined;
    });
    return new Prometheus(`http://${address}`, folder, daemon);
  }

  /** Every series that an instant query gives now; rejects on a query that Prometheus refuses. */
  async query(promql: string): Promise<readonly Sample[]> {
    const url = new URL('/api/v1/query', this.url);
    url.searchParams.set('query', promql);
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`Prometheus refused ${promql}: ${text}`);
    }
    return answerSchema.parse(JSON.parse(text)).data.result;
  }

  /** Waits until a query gives at least one series. */
  async queryUntilSome(promql: string, timeoutMs = 20_000): Promise<readonly Sample[]> {
    return until(
      `a result of ${promql}`,
      async () => {
        const samples = await this.query(promql);
        return samples.length > 0 ? samples : undefined;
      },
      { timeoutMs, everyMs: 200 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function configOf({ targets, ruleFiles = [], scrapeSeconds = 1 }: PrometheusPlan): object {
  const interval = `${scrapeSeconds}s`;
  return {
    global: {
      scrape_interval: interval,
      scrape_timeout: interval,
      evaluation_interval: interval,
    },
    rule_files: ruleFiles,
    scrape_configs: targets.map(({ job, address, path = '/metrics', bearerToken }) => ({
      job_name: job,
      metrics_path: path,
      static_configs: [{ targets: [address] }],
      ...(bearerToken === undefined ? {} : { authorization: { credentials: bearerToken } }),
    })),
  };
}

/** Starts Debian's Prometheus; dispose it to end it and delete its data. */
export function startPrometheus(plan: PrometheusPlan): Promise<Prometheus> {
  return Prometheus.start(plan);
}
