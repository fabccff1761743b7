import { defaultGuards } from '../../src/core/guards.ts';
import { initialState } from '../../src/core/initial-state.ts';
import type { Diversion, Phase } from '../../src/core/phase.ts';
import type { Site } from '../../src/core/site.ts';
import type { State } from '../../src/core/state.ts';
import { probeSpec } from './probe-target.ts';

/** A registered site with one HTTP probe at one address, over which a test lays its own. */
export function registeredSite(name: string, own: Partial<Site> = {}): Site {
  return {
    name,
    title: { en: name },
    hostnames: [`${name}.example.kr`],
    addresses: ['192.0.2.10'],
    routers: ['edge-1'],
    mode: 'auto',
    probes: [probeSpec({ url: `http://${name}.example.kr/` })],
    labels: {},
    sharedAddress: 'any',
    noticeStatus: 503,
    owner: 'file',
    ...own,
  };
}

/** The state of a controller that has just started with these sites. */
export function stateOf(...sites: readonly Site[]): State {
  return initialState(
    {
      sites: Object.fromEntries(sites.map((site) => [site.name, site])),
      routers: {},
      rules: [],
      guards: defaultGuards,
      vantages: ['local'],
    },
    0,
  );
}

/** The same state with one site in another phase. */
export function inPhase(state: State, site: string, phase: Phase): State {
  const before = state.sites.get(site);
  if (before === undefined) {
    throw new Error(`The state has no site ${site}`);
  }
  return { ...state, sites: state.sites.with(site, { ...before, phase }) };
}

/** A diversion of these addresses. */
export function diversionOf(addresses: readonly string[]): Diversion {
  return {
    generation: 1,
    addresses,
    by: 'rule',
    cause: 'server-failure',
    incident: 'incident-1',
    failureSeenAt: 0,
    decidedAt: 0,
    trials: 0,
  };
}
