import { describe, expect, it } from 'vitest';
import { unreadyReasons } from '../../../src/api/operations/readiness.ts';
import type { State } from '../../../src/core/state.ts';
import { registeredSite, stateOf } from '../../fakes/site-state.ts';

function stateWith(silent: readonly string[]): State {
  const state = stateOf(registeredSite('shop'));
  const vantages = ['seoul', 'busan', 'daejeon'];
  return {
    ...state,
    isWarmedUp: true,
    config: { ...state.config, vantages },
    vantages: Object.fromEntries(
      vantages.map((name) => [name, { heardAt: 0, isSilent: silent.includes(name) }]),
    ),
  };
}

describe('whether Detour could divert now', () => {
  it('is not in doubt while enough vantages speak', () => {
    expect(unreadyReasons(stateWith(['busan']), { unready: [] })).toEqual([]);
  });

  it('is denied, with their names, when too many are silent', () => {
    const [reason, ...others] = unreadyReasons(stateWith(['busan', 'daejeon']), { unready: [] });

    expect(reason).toContain('Only 1 of 3 vantages send results (silent: busan, daejeon)');
    expect(others).toEqual([]);
  });
});
