import { Registry } from 'prom-client';
import { z } from 'zod';

const metricList = z.array(z.looseObject({ name: z.string() }));

/** How workers' gauges become one where a sum would mislead. Counters, histograms and sessions are sums. */
const aggregators: Readonly<Record<string, 'max' | 'min'>> = {
  detour_notice_ladder: 'max',
  detour_notice_accept_wait_seconds: 'max',
  detour_notice_snapshot_generation: 'min',
  detour_notice_snapshot_age_seconds: 'max',
  detour_notice_limit: 'max',
  detour_build_info: 'max',
};

/** All workers' metrics as one Prometheus text. */
export async function mergeMetrics(workers: readonly unknown[]): Promise<string> {
  const lists = workers.map((metrics) =>
    metricList.parse(metrics).map((metric) => {
      const aggregator = aggregators[metric.name];
      return aggregator === undefined ? metric : { ...metric, aggregator };
    }),
  );
  return await Registry.aggregate(lists).metrics();
}
