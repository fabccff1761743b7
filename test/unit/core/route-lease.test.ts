import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import { initialState } from '../../../src/core/initial-state.ts';
import { leasedRoutes } from '../../../src/core/leased-routes.ts';
import type { Site } from '../../../src/core/site.ts';
import type { CoreConfig, State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { explainSite } from '../../../src/core/why.ts';
import { minute } from '../../../src/lib/time.ts';
import { diversionOf, inPhase, registeredSite } from '../../fakes/site-state.ts';
import { estate } from './support.ts';

const address = '192.0.2.10';
const prefix = `${address}/32`;
const route = { prefix, nextHop: '198.51.100.2' };
const shown = { ...route, isInstalled: true };
const diversion = { ...diversionOf([address]), installedAt: 1, provenAt: 1 };

/** A leader whose sites are all diverted on one router that can take routes back by itself. */
function diverted(sites: readonly Partial<Site>[], canLease = true): State {
  const [edge] = Object.values(estate.routers);
  if (edge === undefined) {
    throw new Error('The estate has no router');
  }
  const registered = sites.map((site, index) =>
    registeredSite(`site-${index + 1}`, { addresses: [address], ...site }),
  );
  const config: CoreConfig = {
    ...estate,
    sites: Object.fromEntries(registered.map((site) => [site.name, site])),
    routers: { 'edge-1': { ...edge, ...(canLease ? { canLease: true } : {}) } },
    rules: [],
  };
  const fresh = { ...initialState(config, 0), isWarmedUp: true };
  const router = fresh.routers['edge-1'];
  const moved = registered.reduce(
    (state, { name }) => inPhase(state, name, { name: 'diverted', diversion }),
    fresh,
  );
  return router === undefined
    ? moved
    : {
        ...moved,
        routers: {
          'edge-1': { ...router, readAt: 1, isReadable: true, owned: [shown], ledger: [prefix] },
        },
      };
}

const falling = { onDeath: 'fall-back' } as const;
const staying = { onDeath: 'stay' } as const;

const alertsOf = (commands: readonly Command[]): readonly string[] =>
  commands.flatMap((command) =>
    command.type === 'send-alert' ? [`${command.alert.severity} ${command.alert.reason}`] : [],
  );

const read = (owned: readonly (typeof shown)[], lapsed?: readonly string[]): ControlEvent => ({
  type: 'routes-observed',
  router: 'edge-1',
  reading: { owned, foreign: [], ...(lapsed === undefined ? {} : { lapsed }) },
});

const renewed = (until: number): ControlEvent => ({
  type: 'route-lease-renewed',
  router: 'edge-1',
  routes: 1,
  until,
});

const failed: ControlEvent = {
  type: 'route-lease-failed',
  router: 'edge-1',
  message: 'no way there',
};

describe('the routes that end by themselves', () => {
  it('are those of sites that fall back, and of no other', () => {
    expect(leasedRoutes(diverted([falling]), 'edge-1')).toEqual([route]);
    expect(leasedRoutes(diverted([staying]), 'edge-1')).toEqual([]);
    expect(leasedRoutes(diverted([{}]), 'edge-1')).toEqual([]);
  });

  it('follow the default of all sites where a site does not say', () => {
    const state = diverted([{}]);
    const guards = { ...state.config.guards, onDeath: 'fall-back' } as const;

    expect(leasedRoutes({ ...state, config: { ...state.config, guards } }, 'edge-1')).toEqual([
      route,
    ]);
  });

  it('stay when one of the sites that want them on a shared address stays', () => {
    expect(leasedRoutes(diverted([falling, staying]), 'edge-1')).toEqual([]);
    expect(leasedRoutes(diverted([falling, falling]), 'edge-1')).toEqual([route]);
  });

  it('remain so while they are on their way out, until the router shows them no more', () => {
    const leaving = inPhase(diverted([falling]), 'site-1', {
      name: 'restoring',
      diversion,
      stage: 'removing',
      isTrial: false,
    });
    const [edge] = Object.values(leaving.routers);
    const gone = edge === undefined ? {} : { 'edge-1': { ...edge, owned: [] } };

    expect(leasedRoutes(leaving, 'edge-1')).toEqual([route]);
    expect(leasedRoutes({ ...leaving, routers: gone }, 'edge-1')).toEqual([]);
  });

  it('are none on a router that cannot take them back', () => {
    expect(leasedRoutes(diverted([falling], false), 'edge-1')).toEqual([]);
  });
});

describe('a router that took routes back because their lease had run out', () => {
  it('is not taken for a person: nothing is asked, and the site is judged afresh', () => {
    const { state, commands } = step(diverted([falling]), read([], [prefix]), 1_000);

    const site = state.sites.get('site-1');
    expect(site?.phase.name).toBe('restoring');
    expect(site?.question).toBeUndefined();
    expect(site?.vanishedAt).toEqual([]);
    expect(alertsOf(commands)).toEqual(['critical route-lease-lapsed']);
    expect(explainSite(state, 'site-1', 1_000)?.reason).toBe('route-removed');
  });

  it('has the site diverted again at once while its rule still holds', () => {
    const down = diverted([falling]);
    const site = down.sites.get('site-1');
    const rules = { 'site-down': { trueSince: 1, lastTrueAt: 1, isFiring: true } };
    const state =
      site === undefined
        ? down
        : {
            ...down,
            config: { ...down.config, rules: estate.rules },
            sites: down.sites.with('site-1', { ...site, rules }),
          };

    const after = step(state, read([], [prefix]), 1_000);

    expect(after.state.sites.get('site-1')?.phase).toMatchObject({
      name: 'diverting',
      stage: 'publishing',
    });
    expect(after.state.sites.get('site-1')?.reason).toBe('route-lease-lapsed');
  });

  it('is a hand-made removal as before when the router says nothing of a lapse, or the site stays', () => {
    const byHand = step(diverted([falling]), read([]), 1_000);
    const ofStaying = step(diverted([staying]), read([]), 1_000);

    expect(alertsOf(byHand.commands)).toEqual(['warning drift-repaired']);
    expect(alertsOf(ofStaying.commands)).toEqual(['warning drift-repaired']);
    expect(byHand.state.sites.get('site-1')?.phase.name).toBe('diverted');
  });

  it('does nothing to a site whose route stands, whatever an old mark says', () => {
    const { state, commands } = step(diverted([falling]), read([shown], [prefix]), 1_000);

    expect(state.sites.get('site-1')?.phase.name).toBe('diverted');
    expect(alertsOf(commands)).toEqual([]);
  });
});

describe('a lease that cannot be renewed', () => {
  it('is named at once, told to people when half of it is gone, and once', () => {
    const leased = step(diverted([falling]), renewed(5 * minute), 0).state;

    const early = step(leased, failed, 2 * minute);
    const late = step(early.state, failed, 2.5 * minute);
    const later = step(late.state, failed, 3 * minute);

    expect(early.state.routers['edge-1']?.lease?.problem).toBe('no way there');
    expect([early, late, later].map(({ commands }) => alertsOf(commands))).toEqual([
      [],
      ['critical route-lease-failing'],
      [],
    ]);
  });

  it('stands in why, with the time at which the router acts and what is in the way', () => {
    const leased = step(diverted([falling]), renewed(5 * minute), 0).state;
    const failing = step(leased, failed, 2 * minute).state;

    const summaryOf = (state: State): string | undefined =>
      explainSite(state, 'site-1', 2 * minute)?.summary;
    expect(summaryOf(leased)).toContain(
      'Were Detour to die now, edge-1 would take its routes back by itself at 1970-01-01T00:05:00Z (in 3m).',
    );
    expect(summaryOf(failing)).toContain(
      'edge-1 takes its routes back by itself at 1970-01-01T00:05:00Z (in 3m), because their lease cannot be renewed: no way there.',
    );
    expect(summaryOf(diverted([staying]))).not.toContain('by itself');
  });

  it('is over with the next renewal, and people who were told hear of it', () => {
    const leased = step(diverted([falling]), renewed(5 * minute), 0).state;
    const late = step(leased, failed, 3 * minute).state;

    const { state, commands } = step(late, renewed(9 * minute), 4 * minute);

    expect(state.routers['edge-1']?.lease).toEqual({ routes: 1, until: 9 * minute });
    expect(alertsOf(commands)).toEqual(['info route-lease-renewed']);
  });

  it('has the router read: only a reading tells whether it has lapsed', () => {
    const { commands } = step(diverted([falling]), failed, 1_000);

    expect(commands).toContainEqual({ type: 'read-routes', router: 'edge-1' });
  });
});
