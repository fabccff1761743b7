import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { BucketCounts } from '../../../src/metrics/bucket-counts.ts';

const bounds = [0.001, 0.01, 1];

describe('the counts of a histogram', () => {
  it('are those that the client library comes to', async () => {
    const registry = new Registry();
    const histogram = new Histogram({
      ...{ name: 'a_seconds', help: 'A.', buckets: [...bounds], registers: [registry] },
    });
    const counts = new BucketCounts(bounds);
    for (const value of [0, 0.001, 0.0011, 0.009, 0.5, 1, 1.5, 300]) {
      histogram.observe(value);
      counts.observe(value);
    }
    const expected = await registry.metrics();
    const [metric] = await registry.getMetricsAsJSON();

    const merged = Registry.aggregate([[{ ...metric, values: counts.values('a_seconds') }]]);

    expect(await merged.metrics()).toBe(expected);
  });

  it('are there before anything was counted', () => {
    const values = new BucketCounts(bounds).values('a_seconds');

    expect(values.map(({ value }) => value)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
