import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import {
  percentile,
  sendVisitors,
  startFloodedHost,
  type VisitorsResult,
} from '../support/flooded-host.ts';
import { freePort } from '../support/server-process.ts';

/** Rounds of peace and flood in turn, so that a machine that changes its speed changes it for both. */
const rounds = 9;
const seconds = 6;
/** Two sites share 200 new sessions a second: 100 each. One is visited within its share, the other at twenty times its share. */
const limits = {
  newPerSecond: 200,
  sourceNewPerSecond: 1_000_000,
  sourceSessions: 10_000,
  blocking: { ...defaultNoticeLimits.blocking, refusals: 0 },
};
const quiet = { perSecond: 80, seconds, urgency: 'measured' } as const;
/** It begins and ends while the quiet site is measured, so that its first burst counts, too. */
const flood = { perSecond: 20 * 100, seconds: seconds - 2, urgency: 'crowd' } as const;

interface Round {
  readonly peace: VisitorsResult;
  /** With the same flood on the same processor, but at a port where nobody listens: what the bench itself costs. */
  readonly noise: VisitorsResult;
  readonly flood: VisitorsResult;
  readonly flooded: VisitorsResult;
}

async function playFlood(
  port: number,
  floodedPort: number,
): Promise<{ readonly quiet: VisitorsResult; readonly flooded: VisitorsResult }> {
  const measured = sendVisitors(port, 'quiet', quiet);
  await delay(1_000);
  const flooded = await sendVisitors(floodedPort, 'flooded', flood);
  return { quiet: await measured, flooded };
}

async function playRound(port: number, closedPort: number): Promise<Round> {
  const peace = await sendVisitors(port, 'quiet', quiet);
  const noise = await playFlood(port, closedPort);
  const real = await playFlood(port, port);
  return { peace, noise: noise.quiet, flood: real.quiet, flooded: real.flooded };
}

/** All visitors of some rounds as one result. */
function together(results: readonly VisitorsResult[]): VisitorsResult {
  return {
    sent: results.reduce((sum, { sent }) => sum + sent, 0),
    answeredMs: results.flatMap(({ answeredMs }) => answeredMs),
    closedMs: results.flatMap(({ closedMs }) => closedMs),
    full: results.reduce((sum, { full }) => sum + full, 0),
  };
}

function figuresOf({ sent, answeredMs, full }: VisitorsResult): Readonly<Record<string, number>> {
  return {
    visitors: sent,
    answered: answeredMs.length / sent,
    fullPages: full / sent,
    p50Ms: percentile(answeredMs, 0.5),
    p99Ms: percentile(answeredMs, 0.99),
  };
}

/** What a flood of one site does to another: its p99 and its visitors answered, with and without the flood. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-bench-'));
  try {
    await using server = await startFloodedHost(folder, { limits });
    const closedPort = await freePort();
    const played: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      played.push(await playRound(server.port, closedPort));
    }
    const peace = together(played.map((round) => round.peace));
    const noise = together(played.map((round) => round.noise));
    const flooded = together(played.map((round) => round.flood));
    const figures = {
      quietInPeace: figuresOf(peace),
      quietBesideNoise: figuresOf(noise),
      quietInFlood: figuresOf(flooded),
      quietP99Ratio: percentile(flooded.answeredMs, 0.99) / percentile(peace.answeredMs, 0.99),
      quietP99RatioToNoise:
        percentile(flooded.answeredMs, 0.99) / percentile(noise.answeredMs, 0.99),
      flooded: figuresOf(together(played.map((round) => round.flooded))),
      loadAverage: loadavg()[0],
    };
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
