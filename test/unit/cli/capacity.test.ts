import { describe, expect, it } from 'vitest';
import { proposeLimits } from '../../../src/cli/capacity/propose-limits.ts';
import { type Measured, readSummary } from '../../../src/cli/capacity/read-summary.ts';
import { limitsSchema } from '../../../src/config/schema/limits-schema.ts';

const exported = {
  metrics: {
    iterations: { count: 12_000, rate: 400 },
    dropped_iterations: { count: 3_000, rate: 100 },
    checks: { passes: 11_400, fails: 600, value: 0.95 },
    http_req_duration: { med: 3, 'p(95)': 20 },
  },
};

const measured: Measured = { answeredPerSecond: 380, offeredPerSecond: 500, p95Ms: 20 };

describe('a k6 summary', () => {
  it('is read as --summary-export writes it, and as handleSummary gives it', () => {
    const nested = Object.fromEntries(
      Object.entries(exported.metrics).map(([name, values]) => [name, { type: 'trend', values }]),
    );

    expect(readSummary(JSON.stringify(exported))).toEqual(measured);
    expect(readSummary(JSON.stringify({ metrics: nested }))).toEqual(measured);
  });

  it.each([
    ['no JSON', 'hello', 'not JSON'],
    ['another JSON', '{"limits":{}}', 'no "metrics"'],
    ['a run without visitors', '{"metrics":{"iterations":{"rate":0}}}', 'no iterations'],
    [
      'a run without p(95)',
      '{"metrics":{"iterations":{"rate":5},"http_req_duration":{"med":1}}}',
      'p(95)',
    ],
  ])('is not made of %s', (_, text, why) => {
    expect(readSummary(text)).toContain(why);
  });
});

describe('proposed limits', () => {
  it('stay below what was answered, keep room for a second site, and name every margin', () => {
    const { limits, reasons } = proposeLimits(measured, 1);

    expect(limits).toEqual({
      newPerSecond: 300,
      sessions: 1_500,
      siteSessions: 750,
      siteNewPerSecond: 150,
    });
    for (const limit of Object.keys(limits)) {
      expect(reasons.some((reason) => reason.includes(limit))).toBe(true);
    }
  });

  it('never hold more sessions than the memory', () => {
    const fast = { answeredPerSecond: 20_000, offeredPerSecond: 25_000, p95Ms: 20 };

    expect(proposeLimits(fast, 1).limits.sessions).toBe(20_000);
    expect(proposeLimits(fast, 4).limits.sessions).toBe(80_000);
  });

  it('say so when the host was not brought to its limit', () => {
    const easy = { ...measured, offeredPerSecond: 380 };

    expect(proposeLimits(easy, 1).reasons.join()).toContain('the host may take more');
    expect(proposeLimits(measured, 1).reasons.join()).not.toContain('the host may take more');
  });

  it('are limits that the configuration takes', () => {
    const { limits } = proposeLimits(measured, 1);

    expect(limitsSchema.parse(limits)).toMatchObject(limits);
  });
});
