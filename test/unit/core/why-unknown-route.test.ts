import { describe, expect, it } from 'vitest';
import { initialState } from '../../../src/core/initial-state.ts';
import type { State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { explainSite } from '../../../src/core/why.ts';
import { registeredSite, stateOf } from '../../fakes/site-state.ts';

const prefix = '192.0.2.10/32';

/** What a controller without memory knows once it has read a router that still has a route of ours. */
function afterLostJournal(): State {
  const { config } = stateOf(registeredSite('shop'));
  const routers = {
    'edge-1': { name: 'edge-1', nextHop: { ipv4: '198.51.100.2' }, estate: ['192.0.2.0/24'] },
  };
  const owned = [{ prefix, nextHop: '198.51.100.2', isInstalled: true }];
  const reading = { owned, foreign: [] };
  return step(
    initialState({ ...config, routers }, 0),
    { type: 'routes-observed', router: 'edge-1', reading },
    1_000,
  ).state;
}

describe('why, of a site whose route nobody remembers', () => {
  it('does not say that all is well, and names the way out', () => {
    const state = afterLostJournal();

    const text = JSON.stringify(explainSite(state, 'shop', 2_000));

    expect(text).toContain('edge-1 has a route for it with our mark');
    expect(text).toContain('detour divert shop');
  });

  it('says nothing of it once the route stands in the ledger', () => {
    const state = afterLostJournal();
    const router = state.routers['edge-1'];
    const routers = router === undefined ? {} : { 'edge-1': { ...router, ledger: [prefix] } };

    const text = JSON.stringify(explainSite({ ...state, routers }, 'shop', 2_000));

    expect(text).not.toContain('with our mark');
  });
});
