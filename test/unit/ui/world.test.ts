import { describe, expect, it } from 'vitest';
import { nothingWanted, wantedAfter } from '../../../src/ui/state/world.ts';

describe('what the page reads again after news', () => {
  it('is the one site that changed, and the totals', () => {
    const wanted = wantedAfter(nothingWanted, { kind: 'site', key: 'shop' });

    expect(wanted).toEqual({ ...nothingWanted, sites: new Set(['shop']), isStatus: true });
  });

  it('is the whole list when many sites changed at once', () => {
    let wanted = nothingWanted;
    for (let number = 0; number < 30; number += 1) {
      wanted = wantedAfter(wanted, { kind: 'site', key: `site-${number}` });
    }

    expect(wanted.isEverySite).toBe(true);
  });

  it('is everything when news were missed', () => {
    const wanted = wantedAfter(nothingWanted, { kind: 'reset', key: '' });

    expect(wanted).toMatchObject({ isEverySite: true, isStatus: true, isBrakes: true });
  });
});
