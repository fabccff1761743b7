import { brakeNames } from '../core/brake.ts';
import { desiredRoutes, wantsRoutes } from '../core/desired-routes.ts';
import { verdicts } from '../core/facts.ts';
import { onceFor } from '../core/once-for.ts';
import { overrideActions } from '../core/override.ts';
import { diversionOf, phaseNames } from '../core/phase.ts';
import { probeOutcomes, probeReasons } from '../core/probe-result.ts';
import { reasons } from '../core/reason.ts';
import type { ProbeSpec } from '../core/site.ts';
import type { SiteState, State } from '../core/state.ts';
import { changedNames } from '../core/table.ts';
import { siteVerdict } from '../core/verdict.ts';
import { hostPrefix } from '../lib/ip.ts';
import type { EpochMs } from '../lib/time.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { AuditRecord } from '../ports/journal.ts';

function observePhase(metrics: ControlMetrics, name: string, site: SiteState): void {
  for (const phase of phaseNames) {
    metrics.sitePhase.set({ site: name, phase }, site.phase.name === phase ? 1 : 0);
  }
  for (const action of overrideActions) {
    metrics.overrideActive.set({ site: name, action }, site.override?.action === action ? 1 : 0);
  }
}

/** Times of the steps of a diversion, from the first failed probe on, as each is reached. */
function observeSteps(
  metrics: ControlMetrics,
  before: SiteState | undefined,
  after: SiteState,
): void {
  const was = before === undefined ? undefined : diversionOf(before.phase);
  const is = diversionOf(after.phase);
  if (is === undefined || is.by === 'neighbour') {
    return;
  }
  const since = (at: EpochMs): number => (at - is.failureSeenAt) / 1000;
  const isNew = was?.generation !== is.generation;
  if (isNew) {
    metrics.diversionSeconds.observe({ step: 'failure-seen' }, 0);
    metrics.diversionSeconds.observe({ step: 'decided' }, since(is.decidedAt));
  }
  if (is.installedAt !== undefined && (isNew || was.installedAt === undefined)) {
    metrics.diversionSeconds.observe({ step: 'installed' }, since(is.installedAt));
  }
  if (is.provenAt !== undefined && (isNew || was.provenAt === undefined)) {
    metrics.diversionSeconds.observe({ step: 'proven' }, since(is.provenAt));
  }
}

/** Series that begin with their first event show no rate of it; so every series of a closed set begins at 0. */
export function beginAtZero(metrics: ControlMetrics): void {
  for (const reason of reasons) {
    metrics.decisions.inc({ reason }, 0);
  }
  for (const step of diversionSteps) {
    metrics.diversionSeconds.zero({ step });
  }
}

const diversionSteps = ['failure-seen', 'decided', 'installed', 'proven'] as const;

function forgetProbes(metrics: ControlMetrics, site: string, probes: readonly ProbeSpec[]): void {
  for (const { name: probe } of probes) {
    metrics.probeDuration.remove({ site, probe });
    for (const outcome of probeOutcomes) {
      for (const reason of probeReasons) {
        metrics.probes.remove({ site, probe, outcome, reason });
      }
    }
  }
}

function forgetSite(metrics: ControlMetrics, name: string): void {
  for (const phase of phaseNames) {
    metrics.sitePhase.remove({ site: name, phase });
  }
  for (const verdict of verdicts) {
    metrics.siteVerdict.remove({ site: name, verdict });
  }
  for (const action of overrideActions) {
    metrics.overrideActive.remove({ site: name, action });
  }
}

const prefixesOf = onceFor(
  (sites: State['config']['sites']): ReadonlySet<string> =>
    new Set(Object.values(sites).flatMap(({ addresses }) => addresses.map(hostPrefix))),
);

function observeRouter(metrics: ControlMetrics, state: State, name: string): void {
  const router = state.routers[name];
  if (router === undefined) {
    return;
  }
  const desired = desiredRoutes(state, name);
  const owned = new Set(router.owned.map(({ prefix }) => prefix));
  const prefixes = prefixesOf(state.config.sites);
  const foreign = router.foreign.filter(({ prefix }) => prefixes.has(prefix));
  metrics.routes.set({ router: name, state: 'desired' }, desired.length);
  metrics.routes.set({ router: name, state: 'observed' }, router.owned.length);
  metrics.routes.set(
    { router: name, state: 'missing' },
    desired.filter(({ prefix }) => !owned.has(prefix)).length,
  );
  metrics.routes.set({ router: name, state: 'foreign' }, foreign.length);
  metrics.routerReadable.set({ router: name }, router.isReadable ? 1 : 0);
  metrics.leasedRoutes.set({ router: name }, router.lease?.routes ?? 0);
  if (router.lease === undefined) {
    metrics.routeLeaseEnd.remove({ router: name });
  } else {
    metrics.routeLeaseEnd.set({ router: name }, router.lease.until / 1_000);
  }
}

function forgetRouter(metrics: ControlMetrics, router: string): void {
  for (const state of ['desired', 'observed', 'missing', 'foreign']) {
    metrics.routes.remove({ router, state });
  }
  metrics.routerReadable.remove({ router });
  metrics.leasedRoutes.remove({ router });
  metrics.routeLeaseEnd.remove({ router });
}

function observeRouters(metrics: ControlMetrics, before: State, after: State): void {
  for (const name of Object.keys(after.routers)) {
    if (before.routers[name] !== after.routers[name]) {
      observeRouter(metrics, after, name);
    }
  }
  for (const name of Object.keys(before.routers)) {
    if (after.routers[name] === undefined) {
      forgetRouter(metrics, name);
    }
  }
}

function observeSites(metrics: ControlMetrics, before: State, after: State): void {
  let isPhaseChanged = false;
  for (const name of changedNames(before.sites, after.sites)) {
    const was = before.sites.get(name);
    const is = after.sites.get(name);
    isPhaseChanged ||= was?.phase !== is?.phase;
    if (is === undefined) {
      forgetSite(metrics, name);
      forgetProbes(metrics, name, before.config.sites[name]?.probes ?? []);
    } else if (was?.phase !== is.phase || was.override !== is.override) {
      observePhase(metrics, name, is);
      observeSteps(metrics, was, is);
    }
  }
  if (!isPhaseChanged) {
    return;
  }
  const active = after.sites
    .values()
    .filter(
      ({ phase }) => wantsRoutes(phase) || phase.name === 'diverting' || phase.name === 'restoring',
    );
  metrics.diversionsActive.set(active.length);
}

function observeVantages(metrics: ControlMetrics, before: State, after: State): void {
  if (before.vantages === after.vantages) {
    return;
  }
  for (const [vantage, { isSilent }] of Object.entries(after.vantages)) {
    metrics.vantageUp.set({ vantage }, isSilent ? 0 : 1);
  }
  for (const vantage of Object.keys(before.vantages)) {
    if (after.vantages[vantage] === undefined) {
      metrics.vantageUp.remove({ vantage });
    }
  }
}

function observeBrakes(metrics: ControlMetrics, state: State): void {
  for (const brake of brakeNames) {
    metrics.brakeActive.set({ brake }, state.brakes[brake].isActive ? 1 : 0);
  }
}

/** Keeps the metrics in line with the state; cheap where nothing changed. */
export function observeState(
  metrics: ControlMetrics,
  before: State,
  after: State,
  audit: readonly AuditRecord[],
): void {
  if (before.sites !== after.sites) {
    observeSites(metrics, before, after);
  }
  if (before.brakes !== after.brakes) {
    observeBrakes(metrics, after);
  }
  if (before.routers !== after.routers) {
    observeRouters(metrics, before, after);
  }
  observeVantages(metrics, before, after);
  for (const { reason } of audit) {
    metrics.decisions.inc({ reason });
  }
  metrics.leader.set(after.isLeader ? 1 : 0);
  metrics.routeLease.set(after.config.guards.routeLeaseMs / 1_000);
  metrics.frozen.set(after.freeze === undefined ? 0 : 1);
}

/** Verdicts age by themselves, so they are worked out when somebody looks. */
export function observeVerdicts(metrics: ControlMetrics, state: State, now: EpochMs): void {
  for (const [name, site] of state.sites.entries()) {
    const current = siteVerdict(state, name, now);
    for (const verdict of verdicts) {
      metrics.siteVerdict.set({ site: name, verdict }, verdict === current ? 1 : 0);
    }
    for (const [rule, { error }] of Object.entries(site.rules)) {
      metrics.ruleErrors.set({ rule, site: name }, error === undefined ? 0 : 1);
    }
  }
}
