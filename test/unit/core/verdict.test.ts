import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/core/facts.ts';
import type { ProbeOutcome } from '../../../src/core/probe-result.ts';
import { nextHealth, type TargetHealth, unknownHealth } from '../../../src/core/target-health.ts';
import { leastLive, quorum, quorumVerdict, worstVerdict } from '../../../src/core/verdict.ts';

const outcome = fc.constantFrom<ProbeOutcome>('pass', 'fail', 'inconclusive');
const thresholds = fc.record({
  rise: fc.integer({ min: 1, max: 6 }),
  fall: fc.integer({ min: 1, max: 6 }),
});

const fold = (
  outcomes: readonly ProbeOutcome[],
  by: { rise: number; fall: number },
): TargetHealth => outcomes.reduce((health, one) => nextHealth(health, one, by), unknownHealth);

describe('the health of a target', () => {
  it('is not changed by an inconclusive probe', () => {
    const before = { verdict: 'up', passes: 0, fails: 2 } as const;

    expect(nextHealth(before, 'inconclusive', { rise: 2, fall: 3 })).toBe(before);
  });

  it('is the same whether inconclusive probes came in between or not', () => {
    fc.assert(
      fc.property(fc.array(outcome), thresholds, (outcomes, by) => {
        const conclusive = outcomes.filter((one) => one !== 'inconclusive');

        expect(fold(outcomes, by)).toEqual(fold(conclusive, by));
      }),
    );
  });

  it('is down only after so many fails in a row, and up only after so many passes', () => {
    fc.assert(
      fc.property(fc.array(outcome), thresholds, (outcomes, by) => {
        const seen: TargetHealth[] = [unknownHealth];
        for (const one of outcomes) {
          seen.push(nextHealth(seen.at(-1) ?? unknownHealth, one, by));
        }
        for (const [index, health] of seen.entries()) {
          const before = seen[index - 1]?.verdict ?? 'unknown';
          if (health.verdict === 'down' && before !== 'down') {
            expect(health.fails).toBe(by.fall);
          }
          if (health.verdict === 'up' && before !== 'up') {
            expect(health.passes).toBe(by.rise);
          }
        }
      }),
    );
  });

  it('never counts passes and fails at once', () => {
    fc.assert(
      fc.property(fc.array(outcome), thresholds, (outcomes, by) => {
        const { passes, fails } = fold(outcomes, by);

        expect(Math.min(passes, fails)).toBe(0);
      }),
    );
  });
});

describe('the verdict of several vantages', () => {
  const count = fc
    .tuple(fc.nat(9), fc.nat(9), fc.nat(9))
    .map(([up, down, unknown]) => ({ live: up + down + unknown, up, down }));

  it('needs more than half of them to speak', () => {
    fc.assert(
      fc.property(count, fc.integer({ min: 1, max: 20 }), (votes, total) => {
        if (votes.live < leastLive(total)) {
          expect(quorumVerdict(votes, total)).toBe('unknown');
        }
      }),
    );
  });

  it('is never down by a single one of three or more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 20 }), (total) => {
        expect(quorumVerdict({ live: total, up: total - 1, down: 1 }, total)).not.toBe('down');
      }),
    );
  });

  it('is never down and up at once: a quorum is more than half of those that speak', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (live) => {
        expect(quorum(live) * 2).toBeGreaterThan(live);
      }),
    );
  });

  it('is down by two of three', () => {
    expect(quorumVerdict({ live: 3, up: 1, down: 2 }, 3)).toBe('down');
  });
});

describe('the worst of several verdicts', () => {
  it.each<[readonly Verdict[], Verdict]>([
    [[], 'unknown'],
    [['up', 'up'], 'up'],
    [['up', 'unknown'], 'unknown'],
    [['unknown', 'down', 'up'], 'down'],
  ])('of %j is %s', (all, worst) => {
    expect(worstVerdict(all)).toBe(worst);
  });
});
