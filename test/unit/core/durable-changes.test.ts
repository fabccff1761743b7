import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durableChanges, durableOf } from '../../../src/core/durable-changes.ts';
import { defaultGuards } from '../../../src/core/guards.ts';
import { initialState, newRouter, newSite } from '../../../src/core/initial-state.ts';
import type { RouterState, SiteState, State } from '../../../src/core/state.ts';
import { Table } from '../../../src/core/table.ts';
import { MemoryJournal } from '../../fakes/memory-journal.ts';
import { sampleDiversion, sampleDurableSite, sampleIncident } from '../../fakes/sample-durable.ts';

const config = { sites: {}, routers: {}, rules: [], guards: defaultGuards, vantages: ['local'] };
const empty = initialState(config, 0);

function withSite(state: State, name: string, change: Partial<SiteState>): State {
  const site = { ...(state.sites.get(name) ?? newSite(0)), ...change };
  return { ...state, sites: state.sites.with(name, site) };
}

const siteChange: fc.Arbitrary<Partial<SiteState>> = fc.oneof(
  fc.constantFrom<Partial<SiteState>>(
    sampleDurableSite,
    { phase: { name: 'held', on: 'notice', diversion: sampleDiversion }, reason: 'hold-ordered' },
    { phase: { name: 'suspect', firstFailAt: 4 } },
    { phase: { name: 'serving' }, holdDownUntil: 9 },
    { pathChangedAt: 77, signals: { deploy: true } },
    { waitingFor: ['c1'], isUnderWay: true },
  ),
  fc.record({ since: fc.nat(), holdDownMs: fc.nat(), isApproved: fc.boolean() }),
);

const routerChange: fc.Arbitrary<RouterState> = fc
  .record({ ledger: fc.array(fc.constantFrom('192.168.80.100/32', '2001:db8::1/128')) })
  .map((change) => ({ ...newRouter(), ...change }));

/** One thing that a turn of the core may do to the state. */
const move: fc.Arbitrary<(state: State) => State> = fc.oneof(
  fc.tuple(fc.constantFrom('shop', 'mail', 'home01'), siteChange).map(
    ([name, change]) =>
      (state: State) =>
        withSite(state, name, change),
  ),
  fc.constantFrom('shop', 'mail').map((name) => (state: State): State => {
    const left = state.sites.entries().filter(([known]) => known !== name);
    return { ...state, sites: Table.of(left) };
  }),
  fc.tuple(fc.constantFrom('edge', 'core'), routerChange).map(
    ([name, router]) =>
      (state: State): State => ({ ...state, routers: { ...state.routers, [name]: router } }),
  ),
  fc.constant((state: State): State => ({ ...state, routers: {} })),
  fc.constantFrom(undefined, 'operator').map((acknowledgedBy) => (state: State): State => {
    const incident = acknowledgedBy ? { ...sampleIncident, acknowledgedBy } : sampleIncident;
    return { ...state, incidents: { 'i6-shop': incident } };
  }),
  fc.constant((state: State): State => ({ ...state, incidents: {} })),
  fc.nat().map((setAt) => (state: State): State => {
    return { ...state, freeze: { owner: 'night-duty', reason: 'works', setAt } };
  }),
  fc.constant((state: State): State => {
    const { freeze: _, ...rest } = state;
    return rest;
  }),
  fc.record({ begunAt: fc.array(fc.nat()), lastGeneration: fc.nat(), lastCommand: fc.nat() }).map(
    (change) =>
      (state: State): State => ({ ...state, ...change }),
  ),
  fc.nat().map((until) => (state: State): State => {
    const release = { owner: 'night-duty', reason: 'known', until, sites: ['shop'] };
    return {
      ...state,
      brakes: { ...state.brakes, rate: { ...state.brakes.rate, release } },
    };
  }),
  fc.constant((state: State): State => ({ ...state, brakes: empty.brakes })),
);

describe('durableChanges', () => {
  it('brings the journal to the durable part of the state, whatever happened on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.array(move, { maxLength: 3 }), { maxLength: 12 }), (turns) => {
        const journal = new MemoryJournal();
        let state = empty;

        for (const moves of turns) {
          const before = state;
          state = moves.reduce((now, change) => change(now), before);
          journal.commit(durableChanges(before, state), []);

          expect(journal.load()).toEqual(durableOf(state));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has nothing to write for what was only measured', () => {
    const before = withSite(empty, 'shop', {});
    const after = withSite(before, 'shop', { pathChangedAt: 5, waitingFor: ['c9'] });

    expect(durableChanges(before, after)).toEqual([]);
  });

  it('has nothing to write for a router that was only read', () => {
    const edge = newRouter();
    const before = { ...empty, routers: { edge } };
    const after = { ...empty, routers: { edge: { ...edge, isReadable: true, readAt: 5 } } };

    expect(durableChanges(before, after)).toEqual([]);
  });

  it('writes only the site that changed', () => {
    const before = withSite(withSite(empty, 'mail', {}), 'shop', {});
    const after = withSite(before, 'shop', { since: 5 });

    expect(durableChanges(before, after).map(({ key }) => key)).toEqual(['shop']);
  });

  it('says that a site, a ledger, an incident and a freeze are gone', () => {
    const before = {
      ...withSite(empty, 'shop', {}),
      routers: { edge: newRouter() },
      incidents: { 'i6-shop': sampleIncident },
      freeze: { owner: 'night-duty', reason: 'works', setAt: 5 },
    };

    expect(durableChanges(before, empty)).toEqual([
      { kind: 'site', key: 'shop', value: undefined },
      { kind: 'ledger', key: 'edge', value: undefined },
      { kind: 'incident', key: 'i6-shop', value: undefined },
      { kind: 'control', key: 'freeze', value: undefined },
    ]);
  });
});
