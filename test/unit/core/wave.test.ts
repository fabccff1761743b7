import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import { drillSite } from '../../../src/core/drill-site.ts';
import type { ControlEvent } from '../../../src/core/event.ts';
import { defaultGuards } from '../../../src/core/guards.ts';
import type { Incident } from '../../../src/core/incident.ts';
import { initialState } from '../../../src/core/initial-state.ts';
import { countFailures } from '../../../src/core/mass-failure.ts';
import { activeLimit } from '../../../src/core/permits.ts';
import type { Site } from '../../../src/core/site.ts';
import type { CoreConfig, State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { siteDownRule } from '../../fakes/control.ts';
import { probeSpec } from '../../fakes/probe-target.ts';
import { registeredSite } from '../../fakes/site-state.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
type Name = (typeof names)[number];

const probe = probeSpec({ fall: 2, rise: 2, intervalMs: 1_000, divertedIntervalMs: 1_000 });

function siteOf(name: Name): Site {
  const number = names.indexOf(name) + 1;
  return registeredSite(name, {
    addresses: [`192.0.2.${number}`],
    origin: { address: `203.0.113.${number}` },
    mode: name === 'b' ? 'confirm' : 'auto',
    probes: [probe],
  });
}

function configOf(sites: readonly Site[]): CoreConfig {
  return {
    sites: Object.fromEntries(sites.map((site) => [site.name, site])),
    routers: {
      'edge-1': { name: 'edge-1', nextHop: { ipv4: '198.51.100.2' }, estate: ['192.0.2.0/24'] },
    },
    rules: [siteDownRule],
    guards: {
      ...defaultGuards,
      massFailure: { minSites: 3, share: 0.5, withinMs: 60_000 },
      rate: { count: 100, perMs: 1_000 },
      restoreAfterMs: 2_000,
      warmUpRounds: 1,
      settleMs: 0,
    },
    vantages: ['local'],
  };
}

/** Six sites behind one router that does as it is told at once; each second every site is probed. */
class Estate {
  state: State = initialState(configOf(names.map(siteOf)), 0);
  readonly told: string[] = [];
  readonly #down = new Set<Name>();
  readonly #pending: ControlEvent[] = [];
  #now = 0;

  constructor() {
    this.#take({ type: 'started' });
    this.#take({
      type: 'routes-observed',
      router: 'edge-1',
      reading: { owned: [], foreign: [] },
    });
    this.seconds(2);
  }

  fail(...sites: readonly Name[]): this {
    for (const site of sites) {
      this.#down.add(site);
    }
    return this.seconds(3);
  }

  heal(...sites: readonly Name[]): this {
    for (const site of sites) {
      this.#down.delete(site);
    }
    return this.seconds(20);
  }

  release(): this {
    const until = this.#now + 600_000;
    const brake = 'mass-failure';
    this.#take({ type: 'brake-released', brake, owner: 'kim', reason: 'real', until });
    return this.seconds(3);
  }

  divert(site: Name): this {
    const expiresAt = this.#now + 600_000;
    const by = { owner: 'kim', reason: 'practice' };
    this.#take({ type: 'override-set', site, action: 'divert', ...by, expiresAt });
    return this.seconds(1);
  }

  seconds(count: number): this {
    for (let second = 0; second < count; second += 1) {
      this.#now += 1_000;
      for (const name of names) {
        this.#probe(name);
      }
      this.#take({ type: 'tick' });
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
        this.#take(next);
      }
    }
    return this;
  }

  get open(): readonly Incident[] {
    return Object.values(this.state.incidents).filter(({ closedAt }) => closedAt === undefined);
  }

  phaseOf(name: Name): string {
    return this.state.sites.get(name)?.phase.name ?? 'gone';
  }

  #probe(site: Name): void {
    const isBehindNotice = this.phaseOf(site) === 'diverted' || this.phaseOf(site) === 'recovering';
    const isDown = this.#down.has(site);
    this.#take({
      type: 'probe-finished',
      site,
      probe: 'web',
      address: siteOf(site).addresses[0] ?? '',
      vantage: 'local',
      path: isBehindNotice ? 'origin' : 'address',
      result: {
        outcome: isDown ? 'fail' : 'pass',
        reason: isDown ? 'refused' : 'ok',
        startedAt: this.#now,
        latencyMs: 1,
        phases: {},
      },
    });
  }

  #take(event: ControlEvent): void {
    const { state, commands } = step(this.state, event, this.#now);
    this.state = state;
    for (const command of commands) {
      this.#carryOut(command);
    }
  }

  #carryOut(command: Command): void {
    if (command.type === 'send-alert') {
      this.told.push(command.alert.key);
    } else if (command.type === 'sync-routes') {
      const owned = command.desired.map((route) => ({ ...route, isInstalled: true }));
      const outcome = { result: 'ok', reading: { owned, foreign: [] } } as const;
      this.#pending.push({ type: 'command-finished', id: command.id, outcome });
    } else if (command.type === 'read-routes') {
      const owned = this.state.routers['edge-1']?.owned ?? [];
      const reading = { owned, foreign: [] };
      this.#pending.push({ type: 'routes-observed', router: command.router, reading });
    } else if ('id' in command) {
      this.#pending.push({ type: 'command-finished', id: command.id, outcome: { result: 'ok' } });
    }
  }
}

describe('sites that fail together', () => {
  it('are one incident, which those that fail later join', () => {
    const estate = new Estate().fail('a', 'b', 'c').fail('d');

    expect(estate.open.map(({ sites, isWave }) => ({ sites, isWave }))).toEqual([
      { sites: ['a', 'b', 'c', 'd'], isWave: true },
    ]);
    expect(estate.state.sites.values().map(({ incident }) => incident)).toEqual([
      ...Array.from({ length: 4 }, () => estate.open[0]?.id),
      undefined,
      undefined,
    ]);
  });

  it('are all let through by one word of a person, those of mode confirm too, and told of in one alert', () => {
    const estate = new Estate().fail('a', 'b', 'c').release();

    expect(['a', 'b', 'c'].map((name) => estate.state.sites.get(name)?.phase.name)).toEqual([
      'diverted',
      'diverted',
      'diverted',
    ]);
    expect(estate.told.filter((key) => !key.startsWith('brake:'))).toEqual([
      `wave:${estate.open[0]?.id}`,
    ]);
    expect(estate.open[0]?.timeline.map(({ text }) => text)).toContain(
      '3 sites: 3 behind their notice',
    );
  });

  it('stay one incident until the last of them is back at its origin', () => {
    const estate = new Estate().fail('a', 'b', 'c').release().heal('a');
    const [wave] = estate.open;
    const early = { open: estate.open.length, phase: estate.phaseOf('a') };
    estate.heal('b', 'c');

    expect(early).toEqual({ open: 1, phase: 'serving' });
    expect(estate.open).toEqual([]);
    expect(estate.state.incidents[wave?.id ?? '']?.timeline.at(-1)?.text).toBe(
      '3 sites: 3 at their origin again',
    );
  });

  it('take back one that was restored and is ordered away again, so that one incident tells of it', () => {
    const estate = new Estate().fail('a', 'b', 'c').release().heal('a').divert('a');

    expect(estate.phaseOf('a')).not.toBe('serving');
    expect(estate.open.map(({ isWave }) => isWave)).toEqual([true]);
    expect(estate.state.sites.get('a')?.incident).toBe(estate.open[0]?.id);
  });

  it('take along the incident that one of them had of its own, which says where it goes on', () => {
    const estate = new Estate().fail('a');
    const [own] = estate.open;
    estate.fail('c', 'd');

    expect(own?.sites).toEqual(['a']);
    expect(estate.open.map(({ sites }) => sites)).toEqual([['a', 'c', 'd']]);
    expect(estate.state.incidents[own?.id ?? '']).toMatchObject({
      closedAt: expect.any(Number),
      timeline: expect.arrayContaining([
        expect.objectContaining({ text: `goes on as part of ${estate.open[0]?.id}` }),
      ]),
    });
  });

  it('leave a site that fails alone its own incident', () => {
    const estate = new Estate().fail('a', 'b', 'c').heal('a', 'b', 'c').seconds(60).fail('e');

    expect(estate.open.map(({ sites, isWave }) => ({ sites, isWave }))).toEqual([
      { sites: ['e'], isWave: undefined },
    ]);
  });
});

describe('incidents of an earlier version', () => {
  it('end when no site is part of them: then a mass failure had an incident beside those of its sites', () => {
    const estate = new Estate().fail('a');
    const old = { id: 'i9-mass', sites: ['a', 'b'], cause: 'network-failure', openedAt: 0 };
    const legacy: Incident = { ...old, severity: 'critical', timeline: [] };
    estate.state = {
      ...estate.state,
      incidents: { ...estate.state.incidents, 'i9-mass': legacy },
    };

    estate.seconds(1);

    expect(estate.open.map(({ sites }) => sites)).toEqual([['a']]);
  });
});

describe('the site of a drill', () => {
  it('does not count among the sites of which a share may fail or be diverted', () => {
    const sites = names.map(siteOf);
    const drills = names.map((name) =>
      drillSite(`edge-${name}`, { address: '192.0.2.250', port: 80 }),
    );
    const guards = { ...defaultGuards, maxActive: { count: 0, share: 0.5 } };
    const state = initialState({ ...configOf([...sites, ...drills]), guards }, 0);

    expect(countFailures(state, 0).total).toBe(6);
    expect(activeLimit(state)).toBe(3);
  });
});
