import type { EpochMs } from '../lib/time.ts';
import type { Verdict } from './facts.ts';
import type { ProbeSpec, Site } from './site.ts';
import { type SiteState, type State, type TargetState, targetId } from './state.ts';

/** A sample older than this many intervals says nothing about now. */
const staleAfterIntervals = 3;

/** How many of the live vantages must agree: all of one or two, two thirds of more. */
export function quorum(live: number): number {
  return live <= 2 ? live : Math.ceil((live * 2) / 3);
}

/** How many vantages must have fresh samples before there is a verdict at all: more than half. */
export function leastLive(total: number): number {
  return Math.floor(total / 2) + 1;
}

/** How the vantages stand on one target. */
export interface VantageCount {
  readonly live: number;
  readonly up: number;
  readonly down: number;
}

/** How long what a probe saw says something about now. */
export function recentMs({ intervalMs, divertedIntervalMs, timeoutMs }: ProbeSpec): number {
  return staleAfterIntervals * Math.max(intervalMs, divertedIntervalMs) + timeoutMs;
}

/** True when something seen at a moment still says something about now. */
export function isRecent(at: EpochMs | undefined, spec: ProbeSpec, now: EpochMs): boolean {
  return at !== undefined && now - at <= recentMs(spec);
}

/** True while a view has a sample, conclusive as all samples are, that is recent. */
export function isFresh({ samples }: TargetState, spec: ProbeSpec, now: EpochMs): boolean {
  return isRecent(samples.at(-1)?.at, spec, now);
}

type Views = Readonly<Record<string, TargetState>> | undefined;

function freshViews(views: Views, spec: ProbeSpec, now: EpochMs): readonly TargetState[] {
  return Object.values(views ?? {}).filter((target) => isFresh(target, spec, now));
}

/** Counts the vantages with a fresh view of a target. */
export function countVantages(views: Views, spec: ProbeSpec, now: EpochMs): VantageCount {
  const fresh = freshViews(views, spec, now);
  return {
    live: fresh.length,
    up: fresh.filter(({ health }) => health.verdict === 'up').length,
    down: fresh.filter(({ health }) => health.verdict === 'down').length,
  };
}

/** The verdict of the vantages together; too few of them, or no agreement, is `unknown`. */
export function quorumVerdict({ live, up, down }: VantageCount, total: number): Verdict {
  if (live < leastLive(total)) {
    return 'unknown';
  }
  if (down >= quorum(live)) {
    return 'down';
  }
  return up >= quorum(live) ? 'up' : 'unknown';
}

/** The verdict on one address of a site under one probe. */
export function targetVerdict(
  state: State,
  name: string,
  target: { readonly spec: ProbeSpec; readonly address: string },
  now: EpochMs,
): Verdict {
  if (state.isolation.isIsolated) {
    return 'unknown';
  }
  const views = state.sites.get(name)?.targets[targetId(target.spec.name, target.address)];
  return quorumVerdict(countVantages(views, target.spec, now), state.config.vantages.length);
}

/** The worst of several verdicts: one down is down; nothing known, or something unknown, is unknown. */
export function worstVerdict(all: readonly Verdict[]): Verdict {
  if (all.includes('down')) {
    return 'down';
  }
  return all.length === 0 || all.includes('unknown') ? 'unknown' : 'up';
}

/** Every probe of a site against each of its addresses. */
export function targetsOf(
  site: Site,
): readonly { readonly spec: ProbeSpec; readonly address: string }[] {
  return site.probes.flatMap((spec) => site.addresses.map((address) => ({ spec, address })));
}

/** The verdict on one address of a site: the worst of its probes. */
export function addressVerdict(state: State, name: string, address: string, now: EpochMs): Verdict {
  const site = state.config.sites[name];
  return worstVerdict(
    (site?.probes ?? []).map((spec) => targetVerdict(state, name, { spec, address }, now)),
  );
}

/** The verdict on a whole site: the worst of its addresses. */
export function siteVerdict(state: State, name: string, now: EpochMs): Verdict {
  const addresses = state.config.sites[name]?.addresses ?? [];
  return worstVerdict(addresses.map((address) => addressVerdict(state, name, address, now)));
}

/**
 * True when every live vantage, and enough of them, sees every target pass as often in a row as makes it up: what a
 * restore asks for. A target that is up still, but has failed since, is not there yet.
 */
export function isUpEverywhere(state: State, name: string, now: EpochMs): boolean {
  const site = state.config.sites[name];
  if (site === undefined || state.isolation.isIsolated) {
    return false;
  }
  return targetsOf(site).every(({ spec, address }) => {
    const views = freshViews(
      state.sites.get(name)?.targets[targetId(spec.name, address)],
      spec,
      now,
    );
    return (
      views.length >= leastLive(state.config.vantages.length) &&
      views.every(({ health }) => health.passes >= spec.rise)
    );
  });
}

/**
 * How a site is seen, by target: the fresh views where they are enough for a verdict, else all there are.
 * A vantage that has died does not go on speaking of what it saw last while the others see more.
 */
export function speakingViews(
  { sites, config }: Pick<State, 'sites' | 'config'>,
  name: string,
  now: EpochMs,
): readonly (readonly TargetState[])[] {
  const spec = config.sites[name];
  const known = sites.get(name)?.targets ?? {};
  return (spec === undefined ? [] : targetsOf(spec)).map(({ spec: probe, address }) => {
    const views = known[targetId(probe.name, address)];
    const fresh = freshViews(views, probe, now);
    return fresh.length >= leastLive(config.vantages.length) ? fresh : Object.values(views ?? {});
  });
}

/** True when probes pass and none fails; after a start that is enough to leave a healthy site alone. */
export function isPassing(site: SiteState | undefined): boolean {
  const views = Object.values(site?.targets ?? {}).flatMap((target) => Object.values(target));
  return site?.firstFailAt === undefined && views.some(({ health }) => health.passes > 0);
}
