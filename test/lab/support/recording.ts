import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release } from 'node:os';

const folder = new URL('../../../load/results/', import.meta.url).pathname;

/** True when DETOUR_LAB_RECORD is set: tests then measure at length and keep what they measured. */
// biome-ignore lint/style/noProcessEnv: a switch of the tests, which no part of Detour reads.
export const isRecording = (process.env['DETOUR_LAB_RECORD'] ?? '') !== '';

/** The smallest measured value that at least this share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Keeps a result under load/results with the day and the machine it was measured on, when recording. */
export async function record(name: string, result: object): Promise<void> {
  if (!isRecording) {
    return;
  }
  await mkdir(folder, { recursive: true });
  const machine = {
    processors: availableParallelism(),
    model: cpus()[0]?.model ?? 'unknown',
    kernel: release(),
    node: process.versions.node,
  };
  const text = JSON.stringify(
    { measuredAt: new Date().toISOString(), machine, ...result },
    null,
    2,
  );
  await writeFile(`${folder}${name}.json`, `${text}\n`);
}
