import { z } from 'zod';

const stats = z.record(z.string(), z.unknown());

const summary = z.object({ metrics: z.record(z.string(), stats) });

/** What a k6 run measured of a notice host. */
export interface Measured {
  /** Visitors per second that got their whole answer. */
  readonly answeredPerSecond: number;
  /** Visitors per second that came or should have come. */
  readonly offeredPerSecond: number;
  readonly p95Ms: number;
}

/** A statistic of a metric, as `--summary-export` writes it or, one step deeper, as `handleSummary` gives it. */
function statOf(metric: z.infer<typeof stats> | undefined, name: string): number | undefined {
  const nested = stats.safeParse(metric?.['values']);
  const value = (nested.success ? nested.data : metric)?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Reads a k6 summary; a sentence about what is missing when it is none. */
export function readSummary(text: string): Measured | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const parsed = summary.safeParse(json);
  if (!parsed.success) {
    return 'it has no "metrics", as a k6 summary has';
  }
  const { metrics } = parsed.data;
  const visitors = statOf(metrics['iterations'], 'rate');
  const p95Ms = statOf(metrics['http_req_duration'], 'p(95)');
  if (visitors === undefined || visitors <= 0 || p95Ms === undefined) {
    return 'it has no iterations or no http_req_duration with p(95)';
  }
  const passes = statOf(metrics['checks'], 'passes') ?? 1;
  const fails = statOf(metrics['checks'], 'fails') ?? 0;
  const answered = passes / (passes + fails || 1);
  const dropped = statOf(metrics['dropped_iterations'], 'rate') ?? 0;
  return {
    answeredPerSecond: visitors * answered,
    offeredPerSecond: visitors + dropped,
    p95Ms,
  };
}
