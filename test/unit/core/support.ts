import fc from 'fast-check';
import type { Command } from '../../../src/core/command.ts';
import type { CommandOutcome, ControlEvent } from '../../../src/core/event.ts';
import { defaultGuards } from '../../../src/core/guards.ts';
import { initialState } from '../../../src/core/initial-state.ts';
import type { ObservedRoute } from '../../../src/core/route-plan.ts';
import type { CoreConfig, State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { siteDownRule } from '../../fakes/control.ts';
import { probeSpec } from '../../fakes/probe-target.ts';
import { registeredSite } from '../../fakes/site-state.ts';

/** Six sites behind two switches; the last two share an address. */
export const siteNames = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
export const routerNames = ['edge-1', 'edge-2'] as const;
const nextHop = '198.51.100.2';

export const estate: CoreConfig = {
  sites: Object.fromEntries(
    siteNames.map((name, index) => [
      name,
      registeredSite(name, {
        addresses: [`192.0.2.${index === 5 ? 4 : index}`],
        routers: index % 2 === 0 ? ['edge-1'] : ['edge-2'],
        origin: { address: `203.0.113.${index}` },
        sharedAddress: 'any',
        probes: [probeSpec({ rise: 2, fall: 2, intervalMs: 1_000, divertedIntervalMs: 1_000 })],
      }),
    ]),
  ),
  routers: Object.fromEntries(
    routerNames.map((name) => [
      name,
      { name, nextHop: { ipv4: nextHop }, estate: ['192.0.2.0/24'] },
    ]),
  ),
  rules: [siteDownRule],
  guards: {
    ...defaultGuards,
    maxActive: { count: 2, share: 0 },
    rate: { count: 1, perMs: 1_000 },
    massFailure: { minSites: 5, share: 0.8, withinMs: 3_000 },
    holdDown: { initialMs: 2_000, maxMs: 8_000 },
    restoreAfterMs: 2_000,
    warmUpRounds: 1,
    settleMs: 0,
  },
  vantages: ['local'],
};

/** One thing that happens, in small numbers that are made into an event by the state they meet. */
export interface Happening {
  readonly kind: number;
  readonly who: number;
  readonly what: number;
  readonly afterMs: number;
}

export const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    kind: fc.nat(19),
    who: fc.nat(5),
    what: fc.nat(7),
    afterMs: fc.nat(2_500),
  }),
  { minLength: 20, maxLength: 120 },
);

type Pending = Extract<Command, { readonly id: string }>;

/** What one step was given and what it led to. */
export interface Taken {
  readonly before: State;
  readonly event: ControlEvent;
  readonly now: number;
  readonly after: State;
  readonly commands: readonly Command[];
}

/** Freezes a value and all that it holds, so that a write to it is an error. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) {
      deepFreeze(part);
    }
  }
  return value;
}

/** Plays happenings over the estate: routers do what they are told unless a happening says that a command failed. */
export class Play {
  readonly taken: Taken[] = [];
  state: State = deepFreeze(initialState(estate, 0));
  now = 0;
  readonly #pending: Pending[] = [];
  readonly #routes = new Map<string, readonly ObservedRoute[]>(
    routerNames.map((name) => [name, []]),
  );

  run(all: readonly Happening[]): this {
    this.#take({ type: 'started' });
    for (const router of routerNames) {
      this.#take({ type: 'routes-observed', router, reading: { owned: [], foreign: [] } });
    }
    for (const happening of all) {
      this.now += happening.afterMs;
      this.#happen(happening);
    }
    return this;
  }

  #happen({ kind, who, what }: Happening): void {
    const site = siteNames[who] ?? 'a';
    const owner = 'kim';
    if (kind < 8) {
      this.#probe(site, kind < 5 ? 'fail' : 'pass');
      return;
    }
    if (kind < 13) {
      this.#finish(what);
      return;
    }
    const reason = 'as ordered';
    const expiresAt = this.now + 60_000;
    const action = (['divert', 'restore', 'hold'] as const)[what % 3] ?? 'hold';
    const events: readonly ControlEvent[] = [
      { type: 'tick' },
      { type: 'tick' },
      { type: 'override-set', site, action, owner, reason, expiresAt },
      { type: 'override-cleared', site, owner },
      what % 2 === 0 ? { type: 'freeze-set', owner, reason } : { type: 'freeze-cleared', owner },
      { type: 'isolation-changed', isIsolated: what % 2 === 0, detail: 'test' },
      { type: 'lease-changed', isLeader: what % 2 === 0 },
    ];
    this.#take(events[kind - 13] ?? { type: 'tick' });
  }

  #probe(site: string, outcome: 'pass' | 'fail'): void {
    const phase = this.state.sites.get(site)?.phase.name;
    const isBehind = phase === 'diverted' || phase === 'recovering' || phase === 'held';
    const [address = ''] = estate.sites[site]?.addresses ?? [];
    this.#take({
      type: 'probe-finished',
      site,
      probe: 'web',
      address,
      vantage: 'local',
      path: isBehind ? 'origin' : 'address',
      result: {
        outcome,
        reason: outcome === 'pass' ? 'ok' : 'refused',
        startedAt: this.now,
        latencyMs: 1,
        phases: {},
      },
    });
  }

  #finish(what: number): void {
    const command = this.#pending.shift();
    if (command === undefined) {
      this.#take({ type: 'tick' });
      return;
    }
    const isFailed = what === 0;
    const isUnknown = what === 1;
    let outcome: CommandOutcome = { result: 'ok' };
    if (command.type === 'sync-routes' && !isFailed) {
      const owned = command.desired.map((route) => ({ ...route, isInstalled: true }));
      this.#routes.set(command.router, owned);
      outcome = { result: 'ok', reading: { owned, foreign: [] } };
    }
    if (isFailed || isUnknown) {
      outcome = {
        result: isFailed ? 'failed' : 'unknown',
        code: 'DETOUR_TRANSPORT_LOST',
        message: 'lost',
      };
    }
    this.#take({ type: 'command-finished', id: command.id, outcome });
    if (isUnknown && command.type === 'sync-routes') {
      const owned = this.#routes.get(command.router) ?? [];
      this.#take({
        type: 'routes-observed',
        router: command.router,
        reading: { owned, foreign: [] },
      });
    }
  }

  #take(event: ControlEvent): void {
    const before = this.state;
    const { state, commands } = step(before, deepFreeze(event), this.now);
    this.state = deepFreeze(state);
    for (const command of commands) {
      if ('id' in command) {
        this.#pending.push(command);
      }
    }
    this.taken.push({ before, event, now: this.now, after: this.state, commands });
  }
}
