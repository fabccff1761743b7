import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { type CapacityRow, playScenario } from './support/capacity.ts';
import { type Scenario, scenarios } from './support/scenarios.ts';

const resultFile = path.join(import.meta.dirname, 'results/capacity.json');

function tableLine(scenario: Scenario, row: CapacityRow): string {
  const cells = [
    scenario.says,
    String(row.offered),
    row.perSecond.toFixed(0),
    `${(row.answered * 100).toFixed(2)} %`,
    `${row.medianMs.toFixed(1)} ms`,
    `${row.p95Ms.toFixed(1)} ms`,
    `${(row.cpu * 100).toFixed(0)} %`,
    row.isHeld ? 'held' : 'missed',
  ];
  return `| ${cells.join(' | ')} |\n`;
}

/** Plays scenarios one after the other, prints the table and keeps the figures of a whole suite. */
export async function runCapacity(chosen: readonly Scenario[], seconds: number): Promise<void> {
  const rows: CapacityRow[] = [];
  process.stdout.write(
    '| visitors | offered a second | answered a second | answered | median | p95 | CPU of one core | stated capacity |\n|---|---|---|---|---|---|---|---|\n',
  );
  for (const scenario of chosen) {
    const folder = await mkdtemp(path.join(tmpdir(), 'detour-load-'));
    try {
      const { row } = await playScenario(scenario, seconds, folder);
      process.stdout.write(tableLine(scenario, row));
      rows.push(row);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const loadAverage = Number((loadavg()[0] ?? 0).toFixed(1));
  const result = { seconds, loadAverage, node: process.versions.node, rows };
  process.stdout.write(`load average ${loadAverage}, ${seconds} s each\n`);
  if (chosen.length === scenarios.length) {
    await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`);
  }
}
