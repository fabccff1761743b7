import { describe, expect, it } from 'vitest';
import { emptyDurable } from '../../../src/core/durable.ts';
import { withKeptMoments } from '../../../src/core/kept-moments.ts';
import { day, hour, minute } from '../../../src/lib/time.ts';
import { sampleDiversion, sampleDurableSite } from '../../fakes/sample-durable.ts';

const now = 100 * day;
/** What a controller wrote before somebody set the wall clock back by a day. */
const ahead = now + day;

const shop = (own: object) => ({
  ...emptyDurable,
  sites: { shop: { ...sampleDurableSite, ...own } },
});

describe('what was kept under a wall clock that has been set back', () => {
  it('counts a site as clean from now on, not from tomorrow on', () => {
    const phase = { name: 'recovering', diversion: sampleDiversion, cleanSince: ahead } as const;

    const kept = withKeptMoments(shop({ phase, since: ahead }), now);

    expect(kept.sites['shop']).toMatchObject({ phase: { cleanSince: now }, since: now });
  });

  it('lets no diversion of tomorrow count for the pace of today', () => {
    const kept = withKeptMoments({ ...emptyDurable, begunAt: [now - hour, ahead] }, now);

    expect(kept.begunAt).toEqual([now - hour, now]);
  });

  it('holds a site down for its time at most', () => {
    const kept = withKeptMoments(
      shop({ holdDownMs: 10 * minute, holdDownUntil: ahead, lastRestoredAt: ahead }),
      now,
    );

    expect(kept.sites['shop']).toMatchObject({
      holdDownUntil: now + 10 * minute,
      lastRestoredAt: now,
    });
  });

  it('lets an order last as long as it was given for', () => {
    const override = { ...sampleDurableSite.override, setAt: ahead, expiresAt: ahead + 4 * hour };

    const kept = withKeptMoments(shop({ override }), now);

    expect(kept.sites['shop']?.override).toMatchObject({ setAt: now, expiresAt: now + 4 * hour });
  });

  it('changes nothing of what lies in the past', () => {
    const durable = shop({ holdDownUntil: now - day });

    expect(withKeptMoments(durable, now)).toEqual(durable);
  });
});
