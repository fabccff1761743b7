import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../../support/command.ts';
import { peerBinary } from './peer-binary.ts';

/** What k6 exits with when the run went through but a threshold was crossed. */
export const k6ThresholdExitCode = 99;

const summarySchema = z.object({
  metrics: z.record(z.string(), z.record(z.string(), z.unknown())),
});

export interface K6Run {
  readonly exitCode: number | null;
  readonly output: string;
  /** The whole summary as k6 wrote it. */
  readonly summary: string;
  /** One number of a metric, such as `value('http_reqs', 'count')` or `value('http_req_duration', 'p(95)')`. */
  value(metric: string, stat: string): number;
}

/** Runs a script under the real k6 with variables for its `__ENV`; rejects when k6 itself fails, but not when a threshold is crossed. */
export async function runK6(
  script: string,
  env: Readonly<Record<string, string>> = {},
  timeoutMs = 110_000,
  flags: readonly string[] = [],
): Promise<K6Run> {
  const folder = await mkdtemp(join(tmpdir(), 'detour-k6-'));
  try {
    const summaryFile = join(folder, 'summary.json');
    const { exitCode, stdout, stderr } = await run(
      [
        ...[await peerBinary('k6'), 'run', '--quiet', '--no-color', '--no-usage-report'],
        ...['--address', '', '--summary-export', summaryFile],
        ...flags,
        ...Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
        script,
      ],
      { timeoutMs },
    );
    const output = `${stdout}${stderr}`;
    if (exitCode !== 0 && exitCode !== k6ThresholdExitCode) {
      throw new Error(`k6 could not run ${script} (exit code ${exitCode}): ${output}`);
    }
    const summary = await readFile(summaryFile, 'utf8');
    const { metrics } = summarySchema.parse(JSON.parse(summary));
    return {
      exitCode,
      output,
      summary,
      value: (metric, stat) => z.number().parse(metrics[metric]?.[stat]),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
