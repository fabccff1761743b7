import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission } from '../../../src/notice/admission.ts';
import { RateLimit } from '../../../src/notice/rate-limit.ts';
import type { Source } from '../../../src/notice/source.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../../../src/ports/notice-limits.ts';

const visitor = (n: number): string => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

function admission(limits: Partial<NoticeLimits>, workers = 1): Admission {
  const made = new Admission({ workers });
  made.setLimits({ ...defaultNoticeLimits, ...limits });
  return made;
}

function opened(result: Source | string): Source {
  if (typeof result === 'string') {
    throw new Error(`refused: ${result}`);
  }
  return result;
}

describe('a rate limit', () => {
  it("lets a second's worth through at once, then no more until time has passed", () => {
    const rate = new RateLimit();
    const takeMany = (nowMs: number): number =>
      Array.from({ length: 50 }, () => rate.take(10, nowMs)).filter(Boolean).length;

    expect(takeMany(0)).toBe(10);
    expect(takeMany(100)).toBe(1);
    expect(takeMany(600)).toBe(5);
    expect(takeMany(60_000)).toBe(10);
  });

  it('never lets more through than its rate and one burst, however the tries fall', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { maxLength: 400 }),
        (perSecond, gaps) => {
          const rate = new RateLimit();
          let nowMs = 0;
          let taken = 0;
          for (const gap of gaps) {
            nowMs += gap;
            taken += rate.take(perSecond, nowMs) ? 1 : 0;
          }

          expect(taken).toBeLessThanOrEqual(perSecond * (1 + nowMs / 1_000) + 1e-3);
        },
      ),
    );
  });
});

describe('a rate limit with a short burst', () => {
  const takeMany = (rate: RateLimit, perSecond: number, nowMs: number): number =>
    Array.from({ length: 2_000 }, () => rate.take(perSecond, nowMs)).filter(Boolean).length;

  it('lets a tenth of a second through at once, and the whole rate over a second', () => {
    const rate = new RateLimit(100);

    expect(takeMany(rate, 1_000, 0)).toBe(100);
    expect(rate.usedShare(1_000, 0)).toBeCloseTo(1, 6);
    const later = Array.from({ length: 20 }, (_, n) => takeMany(rate, 1_000, (n + 1) * 50));
    expect(later.reduce((sum, each) => sum + each, 0)).toBe(1_000);
  });

  it('has room for ten at once however low the rate is, but never for more than a second of it', () => {
    expect(takeMany(new RateLimit(100), 40, 0)).toBe(10);
    expect(takeMany(new RateLimit(100), 4, 0)).toBe(4);
  });
});

describe('admission', () => {
  it('takes on no more at once than is answered in a tenth of a second', () => {
    const gate = admission({ newPerSecond: 1_000 });
    const results = Array.from({ length: 1_000 }, (_, n) => gate.open(visitor(n), 0));

    expect(results.filter((result) => typeof result === 'object')).toHaveLength(100);
  });

  it('refuses sessions over the total, and takes new ones when some have ended', () => {
    const gate = admission({ sessions: 2 });
    const first = opened(gate.open(visitor(1), 0));
    opened(gate.open(visitor(2), 0));

    expect(gate.open(visitor(3), 0)).toBe('sessions');
    gate.close(first);
    opened(gate.open(visitor(3), 0));
    expect(gate.sessions).toBe(2);
  });

  it('refuses new sessions over the rate, and takes them again later', () => {
    const gate = admission({ newPerSecond: 3 });
    const results = Array.from({ length: 5 }, (_, n) => gate.open(visitor(n), 0));

    expect(results.filter((result) => result === 'rate')).toHaveLength(2);
    opened(gate.open(visitor(9), 1_000));
  });

  it('refuses one source over its share and no other', () => {
    const gate = admission({ sourceSessions: 2, sourceNewPerSecond: 3 });
    const first = opened(gate.open(visitor(1), 0));
    opened(gate.open(visitor(1), 0));

    expect(gate.open(visitor(1), 0)).toBe('source-sessions');
    gate.close(first);
    const second = opened(gate.open(visitor(1), 0));
    gate.close(second);
    expect(gate.open(visitor(1), 0)).toBe('source-rate');
    opened(gate.open(visitor(2), 0));
  });

  it('does not let a refused source use up the rate of all', () => {
    const gate = admission({ newPerSecond: 10, sourceNewPerSecond: 1 });
    for (let n = 0; n < 50; n += 1) {
      gate.open(visitor(1), 0);
    }

    opened(gate.open(visitor(2), 0));
  });

  it('refuses one site over its limits and no other', () => {
    const gate = admission({ siteSessions: 1, siteNewPerSecond: 2 });
    const flooded = gate.account('flooded');
    const enter = (site: string): string | undefined => {
      gate.hold(gate.account(site));
      return gate.refuse(gate.account(site), 0, false);
    };

    expect(enter('flooded')).toBeUndefined();
    expect(enter('flooded')).toBe('site-sessions');
    gate.leave(flooded);
    gate.leave(flooded);
    expect(enter('flooded')).toBeUndefined();
    gate.leave(flooded);
    expect(enter('flooded')).toBe('site-rate');
    expect(enter('quiet')).toBeUndefined();
  });

  it('gives each of several workers its share of every limit', () => {
    const gate = admission({ sessions: 5 }, 2);
    const results = Array.from({ length: 5 }, (_, n) => gate.open(visitor(n), 0));

    expect(results.filter((result) => result === 'sessions')).toHaveLength(2);
  });

  it('forgets sites that are no longer registered', () => {
    const gate = admission({});
    gate.account('gone');
    gate.account('kept');

    gate.keepSites(['kept']);

    expect([...gate.sites].map(({ label }) => label)).toEqual(['kept']);
  });
});
