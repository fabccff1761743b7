import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { noticeNodeFlags } from '../../src/notice/node-flags.ts';
import type { NoticeLimits } from '../../src/ports/notice-limits.ts';
import { fakeBodies, fakeSnapshot, handOver, makeKeys } from '../../test/fakes/snapshot.ts';
import { mustRun } from '../../test/support/command.ts';
import { slowAnswers } from '../../test/support/slow-answers.ts';
import { ahead, type Urgency } from './ahead.ts';
import { freePort, ServerProcess } from './server-process.ts';

const program = path.join(import.meta.dirname, '../../bin/detour.js');
const visitors = path.join(import.meta.dirname, 'visitors.ts');

/** Two sites with an address of their own each, as diverted addresses have; all of 127.0.0.0/8 is this machine. */
export const siteAddresses = { quiet: '127.0.80.1', flooded: '127.0.80.2' } as const;
export type FloodedSite = keyof typeof siteAddresses;

export interface FloodedHostPlan {
  readonly limits: Partial<NoticeLimits>;
  /** Every answer holds the process up for so long, as on a slower machine. */
  readonly answerMs?: number;
}

/** A notice process for two sites, on one processor. Over TLS it shows a certificate of its own making. */
export async function startFloodedHost(
  folder: string,
  { limits, answerMs }: FloodedHostPlan,
): Promise<ServerProcess> {
  const handover = path.join(folder, 'handover');
  await mkdir(handover, { recursive: true });
  const keys = makeKeys();
  const editions = [{ bodies: fakeBodies('a notice', 12_000) }];
  const sites = Object.entries(siteAddresses).map(([name, address]) => ({
    name,
    hostnames: [`${name}.example.kr`],
    addresses: [address],
    editions,
  }));
  await handOver(handover, fakeSnapshot({ keys, sites, limits }), keys);
  const [port, securePort] = [await freePort(), await freePort()];
  const file = path.join(folder, 'detour.yaml');
  const certificates = path.join(folder, 'certificates');
  await mkdir(certificates, { recursive: true });
  const notice = {
    http: [`0.0.0.0:${port}`],
    https: [`0.0.0.0:${securePort}`],
    certificates,
    workers: 1,
    handover: './handover',
  };
  await writeFile(file, stringify({ dataFolder: './data', notice }));
  const argv = [
    process.execPath,
    ...noticeNodeFlags,
    ...(answerMs === undefined ? [] : [`--import=${slowAnswers(answerMs)}`]),
    ...[program, 'notice', `--config.file=${file}`, '--log.level=error'],
  ];
  const server = new ServerProcess(argv, port, { isAhead: true, securePort });
  await server.untilReady();
  return server;
}

const result = z.object({
  sent: z.number(),
  /** How long each visitor that was answered waited. */
  answeredMs: z.array(z.number()),
  /** And each that was closed without an answer, or gave up. */
  closedMs: z.array(z.number()),
  /** How many of them got the whole page. */
  full: z.number(),
});
export type VisitorsResult = z.infer<typeof result>;

/** Steady visitors of one site. */
export interface Visitors {
  readonly perSecond: number;
  readonly seconds: number;
  /** Those who measure stay ahead of those who flood. */
  readonly urgency: Urgency;
  readonly isTls?: boolean;
}

/** Sends them from the other processor and tells what became of them. */
export async function sendVisitors(
  port: number,
  site: FloodedSite,
  { perSecond, seconds, urgency, isTls = false }: Visitors,
): Promise<VisitorsResult> {
  const script = [process.execPath, visitors, siteAddresses[site], String(port)];
  const plan = [`${site}.example.kr`, String(perSecond), String(seconds), isTls ? 'tls' : ''];
  const output = await mustRun(ahead([...script, ...plan], 1, urgency), {
    timeoutMs: (seconds + 30) * 1_000,
  });
  return result.parse(JSON.parse(output));
}

/** The wait that a share of the visitors had at most. */
export function percentile(waitsMs: readonly number[], share: number): number {
  const sorted = waitsMs.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
