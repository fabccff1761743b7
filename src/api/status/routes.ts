import { brakeNames } from '../../core/brake.ts';
import { type Verdict, verdicts } from '../../core/facts.ts';
import { type PhaseName, phaseNames } from '../../core/phase.ts';
import type { State } from '../../core/state.ts';
import { siteVerdict } from '../../core/verdict.ts';
import type { EpochMs } from '../../lib/time.ts';
import { freezeView } from '../freeze/routes.ts';
import { timeOf } from '../http/fields.ts';
import type { ApiContext, HealthReport } from '../http/options.ts';
import { type Actor, type ApiServer, actorOf } from '../http/server.ts';
import { unreadyReasons } from '../operations/readiness.ts';
import { toldReadiness } from '../operations/readiness-ko.ts';
import { type StatusView, statusSchema } from './schema.ts';

function count<Word extends string>(
  words: readonly Word[],
  of: (word: Word) => number,
): Record<Word, number>;
function count(words: readonly string[], of: (word: string) => number): Record<string, number> {
  return Object.fromEntries(words.map((word) => [word, of(word)]));
}

function siteCounts(state: State, now: EpochMs): StatusView['sites'] {
  const sites = state.sites.entries();
  const byVerdict = new Map<Verdict, number>();
  const byPhase = new Map<PhaseName, number>();
  for (const [name, site] of sites) {
    const verdict = siteVerdict(state, name, now);
    byVerdict.set(verdict, (byVerdict.get(verdict) ?? 0) + 1);
    byPhase.set(site.phase.name, (byPhase.get(site.phase.name) ?? 0) + 1);
  }
  return {
    total: sites.length,
    byPhase: count(phaseNames, (name) => byPhase.get(name) ?? 0),
    byVerdict: count(verdicts, (name) => byVerdict.get(name) ?? 0),
    heldBack: sites.filter(([, { heldBack }]) => heldBack !== undefined).map(([name]) => name),
  };
}

function noticeView({ notice }: HealthReport): StatusView['notice'] {
  return notice === undefined
    ? null
    : {
        sessions: notice.sessions.total,
        passedSessions: notice.passed.total,
        passedBytes: notice.passed.bytes,
        ladder: notice.ladder,
        blockedSources: notice.host?.blockedSources ?? 0,
        hostProblems: [...(notice.host?.problems ?? [])],
      };
}

function nodeCounts({ noticeNodes }: ApiContext): StatusView['noticeNodes'] {
  const nodes = noticeNodes?.() ?? [];
  return {
    total: nodes.length,
    up: nodes.filter(({ isUp }) => isUp).length,
    current: nodes.filter(({ isUp, isCurrent }) => isUp && isCurrent).length,
  };
}

function statusView(context: ApiContext, actor: Actor): StatusView {
  const state = context.control.state();
  const now = context.now();
  const health = context.health();
  const notReadyBecause = [...unreadyReasons(state, health)];
  const routers = Object.values(state.routers);
  return {
    version: context.version,
    you: { name: actor.name, role: actor.role },
    now: timeOf(now),
    startedAt: timeOf(state.startedAt),
    isReady: notReadyBecause.length === 0,
    notReadyBecause,
    notReadyTold: notReadyBecause.map(toldReadiness),
    isLeader: state.isLeader,
    isIsolated: state.isolation.isIsolated,
    freeze: freezeView(state),
    sites: siteCounts(state, now),
    activeBrakes: brakeNames.filter((name) => state.brakes[name].isActive),
    openIncidents: Object.values(state.incidents).filter(({ closedAt }) => closedAt === undefined)
      .length,
    routers: {
      total: routers.length,
      readable: routers.filter(({ isReadable }) => isReadable).length,
    },
    notice: noticeView(health),
    noticeNodes: nodeCounts(context),
  };
}

/** The summary that the page and `detour status` begin with. */
export function statusRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/status',
    {
      schema: {
        operationId: 'getStatus',
        tags: ['operations'],
        summary: 'The whole estate at a glance.',
        response: { 200: statusSchema },
      },
    },
    (request) => statusView(context, actorOf(request)),
  );
}
