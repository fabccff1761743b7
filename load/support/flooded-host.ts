import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { NoticeLimits } from '../../src/ports/notice-limits.ts';
import { fakeBodies, fakeSnapshot, handOver, makeKeys } from '../../test/fakes/snapshot.ts';
import { mustRun } from '../../test/support/command.ts';
import { ahead, type Urgency } from './ahead.ts';
import { freePort, ServerProcess } from './server-process.ts';

const program = path.join(import.meta.dirname, '../../bin/detour.js');
const visitors = path.join(import.meta.dirname, 'visitors.ts');

/** Two sites with an address of their own each, as diverted addresses have; all of 127.0.0.0/8 is this machine. */
export const siteAddresses = { quiet: '127.0.80.1', flooded: '127.0.80.2' } as const;
export type FloodedSite = keyof typeof siteAddresses;

/** A notice process for two sites, on one processor, with these limits. */
export async function startFloodedHost(
  folder: string,
  limits: Partial<NoticeLimits>,
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
  const port = await freePort();
  const file = path.join(folder, 'detour.yaml');
  const notice = { http: [`0.0.0.0:${port}`], workers: 1, handover: './handover' };
  await writeFile(file, stringify({ dataFolder: './data', notice }));
  const argv = [process.execPath, program, 'notice', `--config.file=${file}`, '--log.level=error'];
  const server = new ServerProcess(argv, port, { isAhead: true });
  await server.untilReady();
  return server;
}

const result = z.object({
  sent: z.number(),
  /** How long each visitor that was answered waited. */
  answeredMs: z.array(z.number()),
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
}

/** Sends them from the other processor and tells what became of them. */
export async function sendVisitors(
  port: number,
  site: FloodedSite,
  { perSecond, seconds, urgency }: Visitors,
): Promise<VisitorsResult> {
  const script = [process.execPath, visitors, siteAddresses[site], String(port)];
  const plan = [`${site}.example.kr`, String(perSecond), String(seconds)];
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
