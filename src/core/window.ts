import type { EpochMs } from '../lib/time.ts';
import type { WindowFacts } from './facts.ts';
import type { Sample } from './state.ts';

/** The value below which a share of the sorted numbers lies (nearest rank); 0 for none. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** Shares and percentiles of the conclusive samples of the last `durationMs`. Without samples every figure is 0. */
export function windowFacts(
  samples: readonly Sample[],
  now: EpochMs,
  durationMs: number,
): WindowFacts {
  const recent = samples.filter(
    ({ at, outcome }) => now - at <= durationMs && outcome !== 'inconclusive',
  );
  const fails = recent.filter(({ outcome }) => outcome === 'fail').length;
  const latencies = recent.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const share = (part: number): number => (recent.length === 0 ? 0 : part / recent.length);
  return {
    count: recent.length,
    failShare: share(fails),
    passShare: share(recent.length - fails),
    latencyP50Ms: percentile(latencies, 0.5),
    latencyP95Ms: percentile(latencies, 0.95),
    latencyP99Ms: percentile(latencies, 0.99),
  };
}
