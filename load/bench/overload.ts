import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { defaultNoticeLimits } from '../../src/ports/notice-limits.ts';
import {
  percentile,
  sendVisitors,
  startFloodedHost,
  type VisitorsResult,
} from '../support/flooded-host.ts';
import type { ServerProcess } from '../support/server-process.ts';

/** Both ways in turn, so that a machine that changes its speed changes it for both. */
const [, , , roundsAsked = '5'] = process.argv;
const rounds = Number(roundsAsked);
const seconds = 10;
/** So slow that one processor can bring more visitors than it can take. */
const answerMs = 2;
/** What it can then take, about: an answer costs half a millisecond more, and a handshake two. */
const capacity = { plain: 400, tls: 225 } as const;
const timesTooMany = 3;
const limits = {
  sourceNewPerSecond: 1_000_000,
  sourceSessions: 10_000,
  blocking: { ...defaultNoticeLimits.blocking, refusals: 0 },
};

interface Played {
  readonly isTls: boolean;
  readonly load: 'half' | 'overload';
  readonly result: VisitorsResult;
}

async function play(server: ServerProcess, isTls: boolean, load: Played['load']): Promise<Played> {
  const perSecond = capacity[isTls ? 'tls' : 'plain'] * (load === 'half' ? 0.5 : timesTooMany);
  const port = isTls ? server.securePort : server.port;
  const visitors = { perSecond, seconds, urgency: 'measured', isTls } as const;
  return { isTls, load, result: await sendVisitors(port, 'flooded', visitors) };
}

function figuresOf(results: readonly VisitorsResult[]): Readonly<Record<string, number>> {
  const answeredMs = results.flatMap((result) => result.answeredMs);
  const closedMs = results.flatMap((result) => result.closedMs);
  const counted = results.length * (seconds - 0.5);
  const p99OfRounds = results.map((result) => percentile(result.answeredMs, 0.99));
  return {
    offeredPerSecond: (answeredMs.length + closedMs.length) / counted,
    answeredPerSecond: answeredMs.length / counted,
    answeredP50Ms: percentile(answeredMs, 0.5),
    answeredP99Ms: percentile(answeredMs, 0.99),
    answeredMostMs: percentile(answeredMs, 1),
    bestRoundP99Ms: Math.min(...p99OfRounds),
    worstRoundP99Ms: Math.max(...p99OfRounds),
    closedP50Ms: percentile(closedMs, 0.5),
    closedP99Ms: percentile(closedMs, 0.99),
  };
}

/** How long visitors wait who are answered, and who are not, when three times as many come as can be answered. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detour-bench-'));
  try {
    await using server = await startFloodedHost(folder, { limits, answerMs });
    const played: Played[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const isTls of [false, true]) {
        played.push(await play(server, isTls, 'half'), await play(server, isTls, 'overload'));
      }
    }
    const of = (isTls: boolean, load: Played['load']): Readonly<Record<string, number>> =>
      figuresOf(
        played
          .filter((each) => each.isTls === isTls && each.load === load)
          .map(({ result }) => result),
      );
    const figures = {
      plainHalf: of(false, 'half'),
      plainOverload: of(false, 'overload'),
      tlsHalf: of(true, 'half'),
      tlsOverload: of(true, 'overload'),
      loadAverage: loadavg()[0],
    };
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
