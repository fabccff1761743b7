import type { AssignedSite, Assignment } from '../../api/vantages/schema.ts';
import { defaultGuards } from '../../core/guards.ts';
import { initialState, newSite } from '../../core/initial-state.ts';
import type { Diversion, Phase } from '../../core/phase.ts';
import type { Site } from '../../core/site.ts';
import type { SiteState, State } from '../../core/state.ts';
import { Table } from '../../core/table.ts';
import type { EpochMs } from '../../lib/time.ts';

/** A site as far as probing goes; what else belongs to it is the controller's. */
function siteOf({ name, addresses, probes, originAddress }: AssignedSite): Site {
  return {
    name,
    title: {},
    hostnames: [],
    addresses,
    routers: [],
    mode: 'observe',
    probes,
    labels: {},
    sharedAddress: 'all',
    noticeStatus: 503,
    owner: 'file',
    ...(originAddress === null ? {} : { origin: { address: originAddress } }),
  };
}

/** A diversion of which only the addresses matter here. */
function diversionOf(addresses: readonly string[]): Diversion {
  return {
    generation: 0,
    addresses,
    by: 'rule',
    cause: 'unknown',
    incident: '',
    failureSeenAt: 0,
    decidedAt: 0,
    trials: 0,
  };
}

function phaseOf({ phase, isBehindNotice, divertedAddresses }: AssignedSite): Phase {
  const diversion = diversionOf(divertedAddresses);
  switch (phase) {
    case 'serving':
      return { name: 'serving' };
    case 'suspect':
      return { name: 'suspect', firstFailAt: 0 };
    case 'diverting':
      return { name: 'diverting', diversion, stage: 'publishing' };
    case 'diverted':
      return { name: 'diverted', diversion };
    case 'recovering':
      return { name: 'recovering', diversion, cleanSince: 0 };
    case 'restoring':
      return { name: 'restoring', diversion, stage: 'removing', isTrial: false };
    case 'held':
      return isBehindNotice
        ? { name: 'held', on: 'notice', diversion }
        : { name: 'held', on: 'origin' };
  }
}

/** The state of the controller as far as the schedule of probes asks for it: sites, their pace and their path. */
export function vantageState(assignment: Assignment, now: EpochMs): State {
  const { vantage, sites } = assignment;
  const config = {
    sites: Object.fromEntries(sites.map((site) => [site.name, siteOf(site)])),
    routers: {},
    rules: [],
    guards: defaultGuards,
    vantages: [vantage],
  };
  const states = sites.map((site): [string, SiteState] => [
    site.name,
    { ...newSite(now), phase: phaseOf(site) },
  ]);
  return { ...initialState(config, now), sites: Table.of(states) };
}
