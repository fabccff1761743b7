import type { Registry } from 'prom-client';

/** A metric as its page and its checks see it. */
export interface MetricDescription {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

const types: Readonly<Record<string, MetricDescription['type']>> = {
  Counter: 'counter',
  Gauge: 'gauge',
  Histogram: 'histogram',
};

function describe(metric: object): MetricDescription {
  const type = types[metric.constructor.name];
  if (type === undefined) {
    throw new Error(`A metric of a kind that nobody describes: ${metric.constructor.name}`);
  }
  const { name, help, labelNames } = Object(metric);
  return { name, type, help, labels: labelNames };
}

/** Every metric of a registry, by name. */
export function describeMetrics(registry: Registry): readonly MetricDescription[] {
  return registry
    .getMetricsAsArray()
    .map(describe)
    .toSorted((one, other) => one.name.localeCompare(other.name));
}
