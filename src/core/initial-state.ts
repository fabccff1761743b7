import type { EpochMs } from '../lib/time.ts';
import type { DurableState } from './durable.ts';
import { withKeptMoments } from './kept-moments.ts';
import { diversionOf, type Phase } from './phase.ts';
import { quietBrakes } from './settle-brakes.ts';
import type { Site } from './site.ts';
import {
  type CoreConfig,
  type RouterState,
  type SiteState,
  type State,
  targetId,
} from './state.ts';
import { Table } from './table.ts';
import { targetsOf } from './verdict.ts';

/** A site of which nothing is known yet. */
export function newSite(now: EpochMs): SiteState {
  return {
    phase: { name: 'serving' },
    since: now,
    reason: 'started',
    targets: {},
    rules: {},
    signals: {},
    pathChangedAt: now,
    isApproved: false,
    holdDownMs: 0,
    isLongNoticeAlarmed: false,
    vanishedAt: [],
    waitingFor: [],
    isUnderWay: false,
    stageSince: now,
  };
}

/** A router that has not been read. */
export function newRouter(): RouterState {
  return { isReadable: false, owned: [], foreign: [], ledger: [], changedAt: {} };
}

/** The state at the start: nothing is known, nothing may be done. */
export function initialState(config: CoreConfig, now: EpochMs): State {
  return {
    config,
    startedAt: now,
    sites: Table.of(Object.keys(config.sites).map((name) => [name, newSite(now)] as const)),
    routers: Object.fromEntries(Object.keys(config.routers).map((name) => [name, newRouter()])),
    vantages: {},
    brakes: quietBrakes,
    isolation: { isIsolated: false },
    isLeader: true,
    isWarmedUp: false,
    incidents: {},
    begunAt: [],
    lastGeneration: 0,
    lastCommand: 0,
    lastTerm: 0,
  };
}

/** A half-done diversion begins again with its notice: every step of it may be repeated. */
function resumed(phase: Phase): Phase {
  return phase.name === 'diverting' && phase.stage !== 'undoing'
    ? { ...phase, stage: 'publishing' }
    : phase;
}

/** Puts what the journal kept over a fresh state; what was measured before the start is not taken over. */
export function withDurable(state: State, stored: DurableState, now: EpochMs): State {
  const durable = withKeptMoments(stored, now);
  const sites = state.sites.entries().map(([name, fresh]): [string, SiteState] => {
    const kept = durable.sites[name];
    return kept === undefined
      ? [name, fresh]
      : [name, { ...fresh, ...kept, phase: resumed(kept.phase), stageSince: now }];
  });
  const routers = Object.entries(state.routers).map(([name, fresh]): [string, RouterState] => [
    name,
    { ...fresh, ledger: durable.ledgers[name] ?? [] },
  ]);
  const brakes = Object.entries(durable.releases).map(([name, release]) => [
    name,
    { isActive: false, detail: '', holding: [], release },
  ]);
  return {
    ...state,
    sites: Table.of(sites),
    routers: Object.fromEntries(routers),
    brakes: { ...state.brakes, ...Object.fromEntries(brakes) },
    incidents: durable.incidents,
    begunAt: durable.begunAt,
    lastGeneration: durable.lastGeneration,
    lastCommand: durable.lastCommand,
    lastTerm: durable.lastTerm,
    ...(durable.freeze === undefined ? {} : { freeze: durable.freeze }),
  };
}

/** What a standby measured by itself and keeps when it begins to lead. */
function measured(site: SiteState): Partial<SiteState> {
  const { targets, rules, signals, host, firstFailAt } = site;
  return {
    targets,
    rules,
    signals,
    ...(host === undefined ? {} : { host }),
    ...(firstFailAt === undefined ? {} : { firstFailAt }),
  };
}

/**
 * The state of a standby to which the lease has passed: the intents and orders of the leader before it, its own
 * measurements, and routers of which nothing is known until they are read.
 */
export function takenOver(state: State, inherited: DurableState, now: EpochMs): State {
  const fresh = initialState(state.config, now);
  const sites = state.sites
    .entries()
    .map(([name, site]): [string, SiteState] => [name, { ...newSite(now), ...measured(site) }]);
  const merged = withDurable({ ...fresh, sites: Table.of(sites) }, inherited, now);
  return {
    ...merged,
    isolation: state.isolation,
    // Numbers of either controller may stand on routers and in notices: none is used twice.
    lastGeneration: Math.max(state.lastGeneration, inherited.lastGeneration),
    lastCommand: Math.max(state.lastCommand, inherited.lastCommand),
  };
}

function isAtOrigin(phase: Phase): boolean {
  return diversionOf(phase) === undefined;
}

/** Sites that left the configuration while their routes stand: they stay known until those are gone. */
function leavingSites(state: State, config: CoreConfig): readonly Site[] {
  return Object.values(state.config.sites)
    .filter(({ name }) => config.sites[name] === undefined)
    .filter(({ name }) => !isAtOrigin(state.sites.get(name)?.phase ?? { name: 'serving' }))
    .map((site) => ({ ...site, isLeaving: true }));
}

/** What is known of a site, without the targets and vantages that are no more: what they saw last speaks of nothing now. */
function withoutGoneTargets(state: SiteState, site: Site, vantages: readonly string[]): SiteState {
  const ids = new Set(targetsOf(site).map(({ spec, address }) => targetId(spec.name, address)));
  const views = (of: SiteState['targets'][string]): SiteState['targets'][string] =>
    Object.fromEntries(Object.entries(of).filter(([vantage]) => vantages.includes(vantage)));
  const targets = Object.entries(state.targets)
    .filter(([id]) => ids.has(id))
    .map(([id, of]) => [id, views(of)] as const);
  return { ...state, targets: Object.fromEntries(targets) };
}

/** Puts a new configuration in place; what is known of sites and routers that stay is kept. */
export function withConfig(state: State, config: CoreConfig, now: EpochMs): State {
  const leaving = leavingSites(state, config);
  const specs = {
    ...config.sites,
    ...Object.fromEntries(leaving.map((site) => [site.name, site])),
  };
  const sites = Table.of(
    Object.values(specs).map((site) => {
      const known = state.sites.get(site.name);
      return [
        site.name,
        known === undefined ? newSite(now) : withoutGoneTargets(known, site, config.vantages),
      ] as const;
    }),
  );
  const routers = Object.fromEntries(
    Object.keys(config.routers).map((name) => [name, state.routers[name] ?? newRouter()]),
  );
  const vantages = Object.fromEntries(
    Object.entries(state.vantages).filter(([name]) => config.vantages.includes(name)),
  );
  return { ...state, config: { ...config, sites: specs }, sites, routers, vantages };
}

/** Names of the sites that leave with this configuration although their routes stand. */
export function leavingNames(state: State, config: CoreConfig): readonly string[] {
  return leavingSites(state, config)
    .map(({ name }) => name)
    .filter((name) => state.config.sites[name]?.isLeaving !== true);
}

/** Names of the sites that were about to leave and that this configuration has again. */
export function returningNames(state: State, config: CoreConfig): readonly string[] {
  return Object.keys(config.sites).filter((name) => state.config.sites[name]?.isLeaving === true);
}

/** Lets go of the sites that left the configuration and whose routes are gone. The same state when there are none. */
export function withoutGoneSites(state: State): State {
  const gone = Object.values(state.config.sites).filter(
    ({ name, isLeaving }) => isLeaving === true && state.sites.get(name)?.phase.name === 'serving',
  );
  if (gone.length === 0) {
    return state;
  }
  const names = new Set(gone.map(({ name }) => name));
  const staying = <Value>(all: readonly (readonly [string, Value])[]): typeof all =>
    all.filter(([name]) => !names.has(name));
  const specs = Object.fromEntries(staying(Object.entries(state.config.sites)));
  return {
    ...state,
    config: { ...state.config, sites: specs },
    sites: Table.of(staying(state.sites.entries())),
  };
}
