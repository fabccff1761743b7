import { neighboursOf } from '../../core/estate.ts';
import type { Override } from '../../core/override.ts';
import { isPassedThrough } from '../../core/passed-through.ts';
import { diversionOf, type Phase } from '../../core/phase.ts';
import { toldText } from '../../core/record-told.ts';
import type { ProbeSpec, Site } from '../../core/site.ts';
import type { ActiveMaintenance, SiteState, State } from '../../core/state.ts';
import { siteVerdict } from '../../core/verdict.ts';
import type { EpochMs } from '../../lib/time.ts';
import { own, timeOf, timeOrNull } from '../http/fields.ts';
import { ApiProblem } from '../http/problem.ts';
import type { SiteView } from './schema.ts';

/** A site's registration and its state together. */
export interface KnownSite {
  readonly spec: Site;
  readonly site: SiteState;
}

/** Finds a registered site; a name that nobody registered is a 404. */
export function findSite(state: State, name: string): KnownSite {
  const spec = own(state.config.sites, name);
  const site = state.sites.get(name);
  if (spec === undefined || site === undefined) {
    throw new ApiProblem(
      404,
      'not-found',
      `No site is named ${name}. "detour status" or GET /api/v1/sites lists them.`,
    );
  }
  return { spec, site };
}

/** Which side visitors of a site see in a phase. */
export function visitorsSee(phase: Phase): SiteView['visitorsSee'] {
  switch (phase.name) {
    case 'serving':
    case 'suspect':
      return 'origin';
    case 'diverted':
    case 'recovering':
      return 'notice';
    case 'held':
      return phase.on;
    case 'diverting':
    case 'restoring':
      return 'changing';
  }
}

/** An order as the API shows it. */
export function overrideView(override: Override): NonNullable<SiteView['override']> {
  const { action, reason, owner } = override;
  return {
    action,
    reason,
    owner,
    setAt: timeOf(override.setAt),
    expiresAt: timeOf(override.expiresAt),
  };
}

function maintenanceView(window: ActiveMaintenance): NonNullable<SiteView['maintenance']> {
  const { id, reason, isDiverting } = window;
  return {
    id,
    reason,
    divert: isDiverting,
    startedAt: timeOf(window.startedAt),
    endsAt: timeOf(window.endsAt),
  };
}

function probeView(probe: ProbeSpec): SiteView['probes'][number] {
  const { name, type, intervalMs, timeoutMs, rise, fall } = probe;
  return {
    name,
    type,
    url: probe.url ?? null,
    port: probe.port ?? null,
    intervalMs,
    timeoutMs,
    rise,
    fall,
  };
}

function neighbourViews(state: State, spec: Site): SiteView['neighbours'] {
  return neighboursOf(state.config.sites, spec.name, spec.addresses).map((name) => ({
    site: name,
    addresses: (state.config.sites[name]?.addresses ?? []).filter((address) =>
      spec.addresses.includes(address),
    ),
    passedThrough: isPassedThrough(state, name),
  }));
}

function heldBackView({
  reason,
  detail,
  since,
}: NonNullable<SiteState['heldBack']>): NonNullable<SiteView['heldBack']> {
  return { reason, detail, told: toldText(reason, detail), since: timeOf(since) };
}

type Standing = Pick<
  SiteView,
  | 'phase'
  | 'stage'
  | 'visitorsSee'
  | 'since'
  | 'reason'
  | 'cause'
  | 'incident'
  | 'generation'
  | 'override'
  | 'heldBack'
  | 'question'
  | 'maintenance'
  | 'expectedRecoveryAt'
>;

function standingOf(site: SiteState): Standing {
  const { phase, heldBack, question } = site;
  const diversion = diversionOf(phase);
  return {
    phase: phase.name,
    stage: 'stage' in phase ? phase.stage : null,
    visitorsSee: visitorsSee(phase),
    since: timeOf(site.since),
    reason: site.reason,
    cause: diversion?.cause ?? null,
    incident: site.incident ?? diversion?.incident ?? null,
    generation: diversion?.generation ?? null,
    override: site.override === undefined ? null : overrideView(site.override),
    heldBack: heldBack === undefined ? null : heldBackView(heldBack),
    question: question === undefined ? null : heldBackView({ ...question, detail: question.text }),
    maintenance: site.maintenance === undefined ? null : maintenanceView(site.maintenance),
    expectedRecoveryAt: timeOrNull(site.expectedRecoveryAt),
  };
}

/** A site as the API shows it. */
export function siteView(state: State, { spec, site }: KnownSite, now: EpochMs): SiteView {
  return {
    name: spec.name,
    title: spec.title,
    hostnames: [...spec.hostnames],
    addresses: [...spec.addresses],
    routers: [...spec.routers],
    labels: spec.labels,
    probes: spec.probes.map(probeView),
    mode: spec.mode,
    owner: spec.owner,
    verdict: siteVerdict(state, spec.name, now),
    ...standingOf(site),
    neighbours: neighbourViews(state, spec),
  };
}

/** Every registered site, by name. */
export function siteViews(state: State, now: EpochMs): readonly SiteView[] {
  return Object.values(state.config.sites)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((spec) => {
      const site = state.sites.get(spec.name);
      return site === undefined ? [] : [siteView(state, { spec, site }, now)];
    });
}
