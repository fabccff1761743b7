import type { ControlEvent } from './event.ts';
import { diversionOf, type Phase } from './phase.ts';
import type { ProbeResult } from './probe-result.ts';
import { hearVantage } from './silent-vantages.ts';
import type { ProbeSpec, Site } from './site.ts';
import {
  countedPath,
  maxSamples,
  type Sample,
  type SiteState,
  type TargetState,
  targetId,
} from './state.ts';
import { nextHealth, unknownHealth } from './target-health.ts';
import type { Turn } from './turn.ts';
import { speakingViews } from './verdict.ts';

type ProbeFinished = Extract<ControlEvent, { type: 'probe-finished' }>;

const noTarget: TargetState = { health: unknownHealth, samples: [], seen: 0 };

/** Results that say nothing at all: not even that a round was made. */
function isVoid({ reason }: ProbeResult): boolean {
  return reason === 'stalled' || reason === 'cancelled';
}

function withSample(
  samples: readonly Sample[],
  { outcome, latencyMs }: ProbeResult,
  at: number,
): readonly Sample[] {
  return outcome === 'inconclusive'
    ? samples
    : [...(samples.length < maxSamples ? samples : samples.slice(1)), { at, outcome, latencyMs }];
}

/** True when the result speaks about the path that the verdict rests on now. */
function isCounted(
  event: ProbeFinished,
  spec: Site,
  site: SiteState,
  isIsolated: boolean,
): boolean {
  return (
    !isIsolated &&
    event.result.startedAt >= site.pathChangedAt &&
    event.path === countedPath(site.phase, spec, event.address)
  );
}

/** True while the way to this address leads to the notice host, or may. */
function mayLeadToNotice(phase: Phase, address: string): boolean {
  const isAtOrigin =
    (phase.name === 'diverting' && phase.stage === 'publishing') ||
    (phase.name === 'restoring' && phase.stage === 'proving');
  return !isAtOrigin && diversionOf(phase)?.addresses.includes(address) === true;
}

/** The same event, as what it is worth: a bare connection does not tell whether the site took it or our own notice host. */
function weighed(event: ProbeFinished, probe: ProbeSpec, { phase }: SiteState): ProbeFinished {
  const isBlind =
    probe.type === 'tcp' && event.path === 'address' && mayLeadToNotice(phase, event.address);
  return isBlind
    ? { ...event, result: { ...event.result, outcome: 'inconclusive', reason: 'own-notice' } }
    : event;
}

function foldTarget(
  turn: Turn,
  event: ProbeFinished,
  spec: ProbeSpec,
  before: TargetState,
): TargetState {
  const { result } = event;
  const mostSeen = turn.state.config.guards.warmUpRounds;
  return {
    health: nextHealth(before.health, result.outcome, spec),
    last: result,
    samples: withSample(before.samples, result, turn.now),
    seen: isVoid(result) ? before.seen : Math.min(mostSeen, before.seen + 1),
  };
}

/** Keeps the moment at which the present run of failures began. */
function followFailures(turn: Turn, name: string, event: ProbeFinished): void {
  const site = turn.site(name);
  if (site === undefined || event.result.outcome === 'inconclusive') {
    return;
  }
  const isKnownFailing = site.firstFailAt !== undefined;
  if (event.result.outcome === 'fail' && !isKnownFailing) {
    turn.patchSite(name, { firstFailAt: event.result.startedAt });
  }
  if (event.result.outcome === 'fail' || !isKnownFailing) {
    return;
  }
  const isAnyFailing = speakingViews(turn.state, name, turn.now).some((views) =>
    views.some(({ health }) => health.fails > 0),
  );
  if (!isAnyFailing) {
    turn.clearSite(name, ['firstFailAt']);
  }
}

/** Takes one probe result in. Results about a path that no longer counts, or from nowhere we know, change nothing. */
export function foldProbe(turn: Turn, event: ProbeFinished): void {
  const spec = turn.state.config.sites[event.site];
  const site = turn.site(event.site);
  const probe = spec?.probes.find(({ name }) => name === event.probe);
  if (spec === undefined || site === undefined || probe === undefined) {
    return;
  }
  if (!turn.state.config.vantages.includes(event.vantage)) {
    return;
  }
  hearVantage(turn, event.vantage);
  if (
    !spec.addresses.includes(event.address) ||
    !isCounted(event, spec, site, turn.state.isolation.isIsolated)
  ) {
    return;
  }
  const told = weighed(event, probe, site);
  const id = targetId(event.probe, event.address);
  const views = site.targets[id] ?? {};
  const view = foldTarget(turn, told, probe, views[event.vantage] ?? noTarget);
  turn.patchSite(event.site, {
    targets: { ...site.targets, [id]: { ...views, [event.vantage]: view } },
  });
  followFailures(turn, event.site, told);
}
