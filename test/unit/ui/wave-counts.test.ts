import { describe, expect, it } from 'vitest';
import type { SiteView } from '../../../src/api/sites/schema.ts';
import { siteViews } from '../../../src/api/sites/view.ts';
import { waveCounts } from '../../../src/ui/state/wave-counts.ts';
import { registeredSite, stateOf } from '../../fakes/site-state.ts';

const [plain] = siteViews(stateOf(registeredSite('home01')), 0);

function site(name: string, changes: Partial<SiteView>): [string, SiteView] {
  if (plain === undefined) {
    throw new Error('The state has no site');
  }
  return [name, { ...plain, name, incident: 'i1-mass', ...changes }];
}

const heldBack = {
  reason: 'brake-mass-failure',
  detail: 'many',
  told: { en: 'many', ko: '여럿' },
  since: '2026-11-24T05:00:00Z',
} as const;

describe('the sites of a wave', () => {
  it('are counted by where they are, the most first', () => {
    const sites = new Map([
      site('a', { phase: 'suspect', heldBack }),
      site('b', { phase: 'suspect', heldBack }),
      site('c', { phase: 'diverted' }),
      site('d', { phase: 'serving', incident: null }),
      site('stranger', { phase: 'diverted', incident: 'i2-shop' }),
    ]);

    const counts = waveCounts({ id: 'i1-mass', sites: ['a', 'b', 'c', 'd', 'left'] }, sites);

    expect(counts).toEqual([
      { standing: 'heldBack', count: 2 },
      { standing: 'gone', count: 2 },
      { standing: 'diverted', count: 1 },
    ]);
  });
});
