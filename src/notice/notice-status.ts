import { z } from 'zod';
import type { NoticeStatus } from '../ports/notice-control.ts';
import { maxNamedSites, type NodeReadiness, type NodeReport } from '../ports/notice-nodes.ts';
import type { SiteReadiness } from '../ports/site-readiness.ts';
import { hostStatusSchema } from './host-protocol.ts';
import { noticeLimitsSchema } from './limits-schema.ts';
import { ladderSteps } from './load-ladder.ts';

const listenAddresses = z.array(z.strictObject({ host: z.string(), port: z.number() }));

/** The shape of a worker's status. */
export const noticeStatusSchema = z.strictObject({
  pid: z.number(),
  version: z.string(),
  snapshotLayout: z.number(),
  workers: z.number(),
  listening: listenAddresses,
  listeningHttps: listenAddresses,
  snapshot: z.strictObject({ generation: z.number(), writtenAt: z.number() }).nullable(),
  problem: z.string().nullable(),
  sessions: z.strictObject({ total: z.number(), sites: z.record(z.string(), z.number()) }),
  passed: z.strictObject({
    total: z.number(),
    sites: z.record(z.string(), z.number()),
    bytes: z.number(),
  }),
  ladder: z.enum(ladderSteps),
  limits: noticeLimitsSchema,
  host: hostStatusSchema.nullable(),
});

function summed(
  counts: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [site, count] of counts.flatMap((each) => Object.entries(each))) {
    sums[site] = (sums[site] ?? 0) + count;
  }
  return sums;
}

/** The status of several workers as one: the oldest snapshot, the worst step, all sessions. */
export function mergeStatus(own: NoticeStatus, others: readonly NoticeStatus[]): NoticeStatus {
  const all = [own, ...others];
  const oldest = all.reduce((a, b) =>
    (b.snapshot?.generation ?? -1) < (a.snapshot?.generation ?? -1) ? b : a,
  );
  const worst = Math.max(...all.map(({ ladder }) => ladderSteps.indexOf(ladder)));
  return {
    ...own,
    workers: all.length,
    snapshot: oldest.snapshot,
    problem: all.find(({ problem }) => problem !== null)?.problem ?? null,
    sessions: {
      total: all.reduce((sum, { sessions }) => sum + sessions.total, 0),
      sites: summed(all.map(({ sessions }) => sessions.sites)),
    },
    passed: {
      total: all.reduce((sum, { passed }) => sum + passed.total, 0),
      sites: summed(all.map(({ passed }) => passed.sites)),
      bytes: all.reduce((sum, { passed }) => sum + passed.bytes, 0),
    },
    ladder: ladderSteps[worst] ?? own.ladder,
  };
}

/** The readiness of every site in few words. */
export function nodeReadinessOf(sites: readonly SiteReadiness[]): NodeReadiness {
  const notReady = sites.filter(({ isReady }) => !isReady);
  const ends = sites
    .flatMap(({ hostnames }) => hostnames.map(({ expiresAt }) => expiresAt))
    .filter((at) => at !== null);
  return {
    sites: sites.length,
    notReady: notReady.length,
    named: notReady.slice(0, maxNamedSites).map(({ site }) => site),
    certificateEndsAt: ends.length === 0 ? null : ends.reduce((a, b) => Math.min(a, b)),
  };
}

/** What a node on another host tells its controller of this status, and of its sites once it has read them all. */
export function nodeReportOf(
  status: NoticeStatus,
  sites: readonly SiteReadiness[] | undefined,
): NodeReport {
  const { version, snapshot, problem, sessions, ladder } = status;
  return {
    version,
    generation: snapshot?.generation ?? null,
    writtenAt: snapshot?.writtenAt ?? null,
    problem,
    sessions: sessions.total,
    ladder,
    ...(sites === undefined ? {} : { readiness: nodeReadinessOf(sites) }),
  };
}
