import { type EpochMs, minute } from '../lib/time.ts';
import type { Facts, ProbeFacts, Verdict } from './facts.ts';
import type { ProbeResult } from './probe-result.ts';
import type { ProbeSpec } from './site.ts';
import { type SiteState, type State, type TargetState, targetId } from './state.ts';
import {
  countVantages,
  isFresh,
  isRecent,
  targetsOf,
  targetVerdict,
  worstVerdict,
} from './verdict.ts';
import { windowFacts } from './window.ts';

/** Measurements of an origin host count this long: longer than the longest interval between two. */
export const hostFactsMs = 2 * minute;

/** All views of one probe of a site, over its addresses and vantages. */
function viewsOf(state: State, name: string, probe: string): readonly TargetState[] {
  const addresses = state.config.sites[name]?.addresses ?? [];
  return addresses.flatMap((address) =>
    Object.values(state.sites.get(name)?.targets[targetId(probe, address)] ?? {}),
  );
}

/** The result to show for a probe: the latest of the views that look worst. */
function worstResult(views: readonly TargetState[]): ProbeResult | undefined {
  const mostFails = Math.max(0, ...views.map(({ health }) => health.fails));
  return views
    .filter(({ health }) => health.fails === mostFails)
    .flatMap(({ last }) => (last === undefined ? [] : [last]))
    .sort((a, b) => a.startedAt - b.startedAt)
    .at(-1);
}

function resultFacts(
  result: ProbeResult | undefined,
): Omit<ProbeFacts, 'verdict' | 'passes' | 'fails'> {
  return {
    outcome: result?.outcome ?? 'none',
    reason: result?.reason ?? 'none',
    status: result?.status ?? 0,
    latencyMs: result?.latencyMs ?? 0,
    connectMs: result?.phases.connectMs ?? 0,
    tlsMs: result?.phases.tlsMs ?? 0,
    firstByteMs: result?.phases.firstByteMs ?? 0,
    transferMs: result?.phases.transferMs ?? 0,
    ...(result?.certificateDaysLeft === undefined
      ? {}
      : { certificateDaysLeft: result.certificateDaysLeft }),
  };
}

function probeFacts(state: State, name: string, spec: ProbeSpec, now: EpochMs): ProbeFacts {
  const addresses = state.config.sites[name]?.addresses ?? [];
  const verdicts: readonly Verdict[] = addresses.map((address) =>
    targetVerdict(state, name, { spec, address }, now),
  );
  // A vantage that died, or sees nothing but our own notice, does not go on telling of the failure it saw last.
  const views = viewsOf(state, name, spec.name);
  const recent = views.filter(({ last }) => isRecent(last?.startedAt, spec, now));
  const fresh = views.filter((view) => isFresh(view, spec, now));
  return {
    ...resultFacts(worstResult(recent)),
    verdict: worstVerdict(verdicts),
    passes: fresh.length === 0 ? 0 : Math.min(...fresh.map(({ health }) => health.passes)),
    fails: Math.max(0, ...fresh.map(({ health }) => health.fails)),
  };
}

/** Counts vantages over the worst target of a site. */
function vantageFacts(state: State, name: string, now: EpochMs): Facts['vantages'] {
  const site = state.config.sites[name];
  const counts = (site === undefined ? [] : targetsOf(site)).map(({ spec, address }) =>
    countVantages(state.sites.get(name)?.targets[targetId(spec.name, address)], spec, now),
  );
  return {
    live: counts.length === 0 ? 0 : Math.min(...counts.map(({ live }) => live)),
    down: Math.max(0, ...counts.map(({ down }) => down)),
    total: state.config.vantages.length,
  };
}

/** What was measured lately: figures of a host that cannot be asked any more are no facts. */
function hostFacts({ host, hostMeasuredAt }: SiteState, now: EpochMs): Pick<Facts, 'host'> {
  const isCurrent = hostMeasuredAt !== undefined && now - hostMeasuredAt <= hostFactsMs;
  return host === undefined || !isCurrent ? {} : { host };
}

/** Gathers what the rules may ask about a site at this moment. */
export function siteFacts(state: State, name: string, now: EpochMs): Facts | undefined {
  const site = state.config.sites[name];
  const current = state.sites.get(name);
  if (site === undefined || current === undefined) {
    return undefined;
  }
  return {
    site: { name, mode: site.mode, labels: site.labels },
    probes: Object.fromEntries(
      site.probes.map((spec) => [spec.name, probeFacts(state, name, spec, now)]),
    ),
    vantages: vantageFacts(state, name, now),
    signals: current.signals,
    ...hostFacts(current, now),
    window: (probe, durationMs) =>
      windowFacts(
        viewsOf(state, name, probe).flatMap(({ samples }) => samples),
        now,
        durationMs,
      ),
  };
}
