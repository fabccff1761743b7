import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission } from '../../../src/notice/admission.ts';
import type { Source } from '../../../src/notice/source.ts';
import { defaultNoticeLimits, type NoticeLimits } from '../../../src/ports/notice-limits.ts';

function admission(limits: Partial<NoticeLimits>): Admission {
  const gate = new Admission();
  gate.setLimits({ ...defaultNoticeLimits, ...limits });
  return gate;
}

let lastVisitor = 0;
function visitor(): string {
  lastVisitor += 1;
  return `10.${lastVisitor >> 16}.${(lastVisitor >> 8) & 255}.${lastVisitor & 255}`;
}

/** One connection whose address tells its site; it ends at once. True when it was let in. */
function visit(gate: Admission, site: string, nowMs: number): boolean {
  const account = gate.account(site);
  const source = gate.open(visitor(), nowMs, account);
  if (typeof source === 'string') {
    return false;
  }
  gate.hold(account);
  gate.leave(account);
  gate.close(source);
  return true;
}

/** Steady arrivals of several sites over some seconds; gives how many of each were let in per second. */
function run(
  gate: Admission,
  perSecond: Readonly<Record<string, number>>,
  seconds: number,
): Readonly<Record<string, number>> {
  const arrivals = Object.entries(perSecond).flatMap(([site, rate]) =>
    Array.from({ length: rate * seconds }, (_, n) => ({ site, atMs: (n * 1_000) / rate })),
  );
  const letIn: Record<string, number> = {};
  for (const { site, atMs } of arrivals.toSorted((a, b) => a.atMs - b.atMs)) {
    // The first second fills everybody's burst.
    if (visit(gate, site, atMs) && atMs >= 1_000) {
      letIn[site] = (letIn[site] ?? 0) + 1 / (seconds - 1);
    }
  }
  return letIn;
}

describe('a fair share of new sessions', () => {
  it('lets one site borrow all that the others leave idle', () => {
    const letIn = run(admission({ newPerSecond: 200 }), { busy: 150 }, 6);

    expect(letIn['busy']).toBeCloseTo(150, -1);
  });

  it('keeps a quiet site whole while another is flooded at twenty times its share', () => {
    const letIn = run(admission({ newPerSecond: 200 }), { flooded: 2_000, quiet: 40 }, 6);

    expect(letIn['quiet']).toBeCloseTo(40, 0);
    expect(letIn['flooded']).toBeGreaterThanOrEqual(100);
    expect(letIn['flooded']).toBeLessThanOrEqual(200);
  });

  it('divides the whole evenly between sites that all want more', () => {
    const letIn = run(admission({ newPerSecond: 300 }), { a: 900, b: 600, c: 300 }, 6);

    for (const site of ['a', 'b', 'c']) {
      expect(letIn[site]).toBeGreaterThan(90);
      expect(letIn[site]).toBeLessThan(125);
    }
  });

  it('never lets in more than the whole and one burst, whoever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }),
        (rates) => {
          const perSecond = Object.fromEntries(rates.map((rate, n) => [`site${n}`, rate]));
          const letIn = run(admission({ newPerSecond: 100 }), perSecond, 4);
          const sum = Object.values(letIn).reduce((a, b) => a + b, 0);

          // Shares round up: each site may have one more.
          expect(sum).toBeLessThanOrEqual(100 + 100 / 3 + rates.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('stands in overload by what the process can take, not by the limit', () => {
    const gate = admission({ newPerSecond: 10_000 });
    gate.setOverload(200);

    const letIn = run(gate, { flooded: 2_000, quiet: 40 }, 6);

    expect(letIn['quiet']).toBeCloseTo(40, 0);
    expect((letIn['flooded'] ?? 0) + (letIn['quiet'] ?? 0)).toBeLessThanOrEqual(240);
    expect(gate.open(visitor(), 6_000, gate.account('flooded'))).toBe('overload');
  });
});

describe('a fair share of sessions at once', () => {
  /** Opens sessions that stay; gives how many. */
  function fill(gate: Admission, site: string, count: number): number {
    const account = gate.account(site);
    let held = 0;
    for (let n = 0; n < count; n += 1) {
      const source: Source | string = gate.open(visitor(), n, account);
      if (typeof source === 'object') {
        gate.hold(account);
        held += 1;
      }
    }
    return held;
  }

  it('lets one site have most of it, and keeps a rest for those that come later', () => {
    const gate = admission({ sessions: 100, newPerSecond: 1e6 });

    expect(fill(gate, 'first', 200)).toBe(100);
    const second = admission({ sessions: 100, newPerSecond: 1e6 });
    fill(second, 'quiet', 1);
    expect(fill(second, 'flooded', 200)).toBe(80);
    expect(fill(second, 'newcomer', 10)).toBe(10);
  });

  it('is asked at the request when the address told nothing', () => {
    const gate = admission({ sessions: 100, newPerSecond: 1e6 });
    const enter = (site: string): string | undefined => {
      gate.open(visitor(), 0);
      gate.hold(gate.account(site));
      return gate.refuse(gate.account(site), 0, false);
    };
    enter('quiet');
    const flood = Array.from({ length: 90 }, () => enter('flooded'));

    expect(flood.filter((refused) => refused === undefined)).toHaveLength(79);
    expect(new Set(flood.slice(80))).toEqual(new Set(['site-share']));
    expect(enter('quiet')).toBeUndefined();
  });
});
