import { describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../../src/core/probe-result.ts';
import { siteFacts } from '../../../src/core/site-facts.ts';
import type { State, TargetState } from '../../../src/core/state.ts';
import { registeredSite, stateOf } from '../../fakes/site-state.ts';

const second = 1_000;
const shop = registeredSite('shop');

function seen(at: number, outcome: ProbeResult['outcome'], runOf: number): TargetState {
  return {
    health: {
      verdict: outcome === 'fail' ? 'down' : 'up',
      passes: outcome === 'pass' ? runOf : 0,
      fails: outcome === 'fail' ? runOf : 0,
    },
    last: {
      outcome,
      reason: outcome === 'fail' ? 'refused' : 'ok',
      startedAt: at,
      latencyMs: 5,
      phases: {},
    },
    samples: [{ at, outcome, latencyMs: 5 }],
    seen: 3,
  };
}

function stateWith(views: Readonly<Record<string, TargetState>>): State {
  const state = stateOf(shop);
  const site = state.sites.get('shop');
  if (site === undefined) {
    throw new Error('There is a shop');
  }
  return {
    ...state,
    config: { ...state.config, vantages: ['seoul', 'busan', 'daejeon'] },
    sites: state.sites.with('shop', { ...site, targets: { 'web@192.0.2.10': views } }),
  };
}

describe('the facts of a probe', () => {
  it('are the worst that any vantage sees', () => {
    const views = {
      seoul: seen(0, 'pass', 4),
      busan: seen(0, 'fail', 7),
      daejeon: seen(0, 'pass', 2),
    };

    const web = siteFacts(stateWith(views), 'shop', second)?.probes['web'];

    expect(web).toMatchObject({ fails: 7, passes: 0, outcome: 'fail', reason: 'refused' });
  });

  it('leave out a vantage that has died: a rule must not go on firing for what it saw last', () => {
    const later = 600 * second;
    const views = {
      seoul: seen(later, 'pass', 4),
      busan: seen(0, 'fail', 7),
      daejeon: seen(later, 'pass', 2),
    };

    const web = siteFacts(stateWith(views), 'shop', later)?.probes['web'];

    expect(web).toMatchObject({ verdict: 'up', fails: 0, passes: 2, outcome: 'pass' });
  });

  it('count no failures from before a probe saw nothing but our own notice', () => {
    const later = 600 * second;
    const before = seen(0, 'fail', 7);
    const behind = seen(later, 'inconclusive', 0).last;
    const view = behind === undefined ? before : { ...before, last: behind };

    const web = siteFacts(stateWith({ seoul: view }), 'shop', later)?.probes['web'];

    expect(web).toMatchObject({ verdict: 'unknown', fails: 0, outcome: 'inconclusive' });
  });
});
