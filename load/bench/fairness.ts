import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import { median } from '../support/cpu.ts';
import { sendVisitors, startFloodedHost, type VisitorsResult } from '../support/flooded-host.ts';

/** Rounds of peace and flood in turn, so that a machine that changes its speed changes it for both. */
const rounds = 8;
const seconds = 5;
/** Two sites share 400 new sessions a second: 200 each. One is visited within its share, the other at twenty times its share. */
const limits = {
  newPerSecond: 400,
  sourceNewPerSecond: 1_000_000,
  sourceSessions: 10_000,
  blocking: { ...defaultNoticeLimits.blocking, refusals: 0 },
};
const quietPerSecond = 150;
const floodPerSecond = 20 * 200;

interface Round {
  readonly peace: VisitorsResult;
  readonly flood: VisitorsResult;
  readonly flooded: VisitorsResult;
}

const quiet = { perSecond: quietPerSecond, seconds, nice: -15 };

async function playRound(port: number): Promise<Round> {
  const peace = await sendVisitors(port, 'quiet', quiet);
  const [flood, flooded] = await Promise.all([
    sendVisitors(port, 'quiet', quiet),
    sendVisitors(port, 'flooded', { perSecond: floodPerSecond, seconds, nice: 5 }),
  ]);
  return { peace, flood, flooded };
}

const share = (results: readonly VisitorsResult[], of: 'answered' | 'full'): number =>
  results.reduce((sum, each) => sum + each[of], 0) /
  results.reduce((sum, each) => sum + each.sent, 0);

/** What a flood of one site does to another: its p99 and its visitors answered, with and without the flood. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-bench-'));
  try {
    await using server = await startFloodedHost(folder, limits);
    const played: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      played.push(await playRound(server.port));
    }
    const p99 = (pick: (round: Round) => VisitorsResult): number =>
      median(played.map((round) => pick(round).p99Ms ?? Number.NaN));
    const ratio = median(
      played.map(({ peace, flood }) => (flood.p99Ms ?? Number.NaN) / (peace.p99Ms ?? Number.NaN)),
    );
    const floods = played.map(({ flood }) => flood);
    const figures = {
      quietP99PeaceMs: p99(({ peace }) => peace),
      quietP99FloodMs: p99(({ flood }) => flood),
      quietP99Ratio: ratio,
      quietAnswered: share(floods, 'answered'),
      quietFullPages: share(floods, 'full'),
      floodedAnswered: share(
        played.map(({ flooded }) => flooded),
        'answered',
      ),
      loadAverage: loadavg()[0],
    };
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
