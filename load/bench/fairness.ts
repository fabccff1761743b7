import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import { median } from '../support/cpu.ts';
import {
  percentile,
  sendVisitors,
  startFloodedHost,
  type VisitorsResult,
} from '../support/flooded-host.ts';
import { freePort } from '../support/server-process.ts';

/** Rounds of peace and flood in turn, so that a machine that changes its speed changes it for both; the first is not counted. */
const [, , , roundsAsked = '15'] = process.argv;
const rounds = Number(roundsAsked);
const seconds = 5;
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

/** Every second round goes backwards: what comes later in a round is not always what comes later in time. */
async function playRound(port: number, closedPort: number, isBackwards: boolean): Promise<Round> {
  const inPeace = async (): Promise<VisitorsResult> => await sendVisitors(port, 'quiet', quiet);
  const before = isBackwards ? await playFlood(port, port) : undefined;
  const early = isBackwards ? undefined : await inPeace();
  const noise = await playFlood(port, closedPort);
  const real = before ?? (await playFlood(port, port));
  const peace = early ?? (await inPeace());
  return { peace, noise: noise.quiet, flood: real.quiet, flooded: real.flooded };
}

const p99 = ({ answeredMs }: VisitorsResult): number => percentile(answeredMs, 0.99);

/** How the flood's 99th percentile stands to another one of the same round: the middle of all rounds, and the middle half of them. */
function ratiosTo(
  played: readonly Round[],
  other: 'peace' | 'noise',
): Readonly<Record<string, number>> {
  const ratios = played.map((round) => p99(round.flood) / p99(round[other]));
  return {
    median: median(ratios),
    lowerQuarter: percentile(ratios, 0.25),
    upperQuarter: percentile(ratios, 0.75),
  };
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
    await playRound(server.port, closedPort, false);
    for (let round = 0; round < rounds; round += 1) {
      played.push(await playRound(server.port, closedPort, round % 2 === 1));
    }
    const allInPeace = together(played.map((round) => round.peace));
    const allInNoise = together(played.map((round) => round.noise));
    const allInFlood = together(played.map((round) => round.flood));
    const figures = {
      quietInPeace: figuresOf(allInPeace),
      quietBesideNoise: figuresOf(allInNoise),
      quietInFlood: figuresOf(allInFlood),
      floodToPeace: ratiosTo(played, 'peace'),
      floodToNoise: ratiosTo(played, 'noise'),
      noiseToPeace: median(played.map((round) => p99(round.noise) / p99(round.peace))),
      rounds: played.map(({ peace, noise: beside, flood: real }) => [peace, beside, real].map(p99)),
      flooded: figuresOf(together(played.map((round) => round.flooded))),
      loadAverage: loadavg()[0],
    };
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
