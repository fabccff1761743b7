import type { BrakeName, BrakeState } from './brake.ts';
import { brakeNames } from './brake.ts';
import type { DurableChange, DurableSite, DurableState } from './durable.ts';
import type { SiteState, State } from './state.ts';
import { changedNames } from './table.ts';

/** The fields of a site that the journal keeps. */
const durableFields = [
  'phase',
  'since',
  'reason',
  'override',
  'maintenance',
  'question',
  'incident',
  'isApproved',
  'holdDownMs',
  'holdDownUntil',
  'lastRestoredAt',
  'expectedRecoveryAt',
] as const satisfies readonly (keyof DurableSite)[];

function durableSite(site: SiteState): DurableSite {
  const { phase, since, reason, isApproved, holdDownMs } = site;
  return {
    phase,
    since,
    reason,
    isApproved,
    holdDownMs,
    ...(site.override === undefined ? {} : { override: site.override }),
    ...(site.maintenance === undefined ? {} : { maintenance: site.maintenance }),
    ...(site.question === undefined ? {} : { question: site.question }),
    ...(site.incident === undefined ? {} : { incident: site.incident }),
    ...(site.holdDownUntil === undefined ? {} : { holdDownUntil: site.holdDownUntil }),
    ...(site.lastRestoredAt === undefined ? {} : { lastRestoredAt: site.lastRestoredAt }),
    ...(site.expectedRecoveryAt === undefined
      ? {}
      : { expectedRecoveryAt: site.expectedRecoveryAt }),
  };
}

function releasesOf(brakes: State['brakes']): DurableState['releases'] {
  const releases: Partial<Record<BrakeName, NonNullable<BrakeState['release']>>> = {};
  for (const name of brakeNames) {
    const { release } = brakes[name];
    if (release !== undefined) {
      releases[name] = release;
    }
  }
  return releases;
}

/** The part of a state that must survive kill -9. */
export function durableOf(state: State): DurableState {
  return {
    sites: Object.fromEntries(
      state.sites.entries().map(([name, site]) => [name, durableSite(site)]),
    ),
    ledgers: Object.fromEntries(
      Object.entries(state.routers).map(([name, { ledger }]) => [name, ledger]),
    ),
    releases: releasesOf(state.brakes),
    incidents: state.incidents,
    begunAt: state.begunAt,
    lastGeneration: state.lastGeneration,
    lastCommand: state.lastCommand,
    lastTerm: state.lastTerm,
    ...(state.freeze === undefined ? {} : { freeze: state.freeze }),
  };
}

function keysOf(before: object, after: object): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

function siteChanges(before: State, after: State): readonly DurableChange[] {
  return changedNames(before.sites, after.sites).flatMap((key): readonly DurableChange[] => {
    const was = before.sites.get(key);
    const is = after.sites.get(key);
    if (is === undefined) {
      return [{ kind: 'site', key, value: undefined }];
    }
    const isChanged = was === undefined || durableFields.some((field) => was[field] !== is[field]);
    return isChanged ? [{ kind: 'site', key, value: durableSite(is) }] : [];
  });
}

function ledgerChanges(before: State, after: State): readonly DurableChange[] {
  if (before.routers === after.routers) {
    return [];
  }
  return keysOf(before.routers, after.routers).flatMap((key): readonly DurableChange[] => {
    const value = after.routers[key]?.ledger;
    return value === before.routers[key]?.ledger ? [] : [{ kind: 'ledger', key, value }];
  });
}

function incidentChanges(before: State, after: State): readonly DurableChange[] {
  if (before.incidents === after.incidents) {
    return [];
  }
  return keysOf(before.incidents, after.incidents).flatMap((key): readonly DurableChange[] => {
    const value = after.incidents[key];
    return value === before.incidents[key] ? [] : [{ kind: 'incident', key, value }];
  });
}

function controlChanges(before: State, after: State): readonly DurableChange[] {
  const changes: DurableChange[] = [];
  const isReleaseChanged = brakeNames.some(
    (name) => before.brakes[name].release !== after.brakes[name].release,
  );
  if (before.brakes !== after.brakes && isReleaseChanged) {
    changes.push({ kind: 'control', key: 'releases', value: releasesOf(after.brakes) });
  }
  for (const key of ['freeze', 'begunAt', 'lastGeneration', 'lastCommand', 'lastTerm'] as const) {
    if (before[key] !== after[key]) {
      changes.push({ kind: 'control', key, value: after[key] });
    }
  }
  return changes;
}

/** What the journal must write on the way from one state to the next; empty for most events. */
export function durableChanges(before: State, after: State): readonly DurableChange[] {
  return [
    ...siteChanges(before, after),
    ...ledgerChanges(before, after),
    ...incidentChanges(before, after),
    ...controlChanges(before, after),
  ];
}
