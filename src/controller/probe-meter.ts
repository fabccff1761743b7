import { type ProbeResult, probeOutcomes, probeReasons } from '../core/probe-result.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';

/** The metrics that the schedule fills. */
export type ProbeMetrics = Pick<ControlMetrics, 'probeLag' | 'probes' | 'probeDuration'>;

/** Counts one finished probe. */
export function countProbe(
  metrics: ProbeMetrics,
  finished: { readonly site: string; readonly probe: string; readonly result: ProbeResult },
): void {
  const { site, probe, result } = finished;
  const { outcome, reason, latencyMs } = result;
  metrics.probes.inc({ site, probe, outcome, reason });
  metrics.probeDuration.observe({ site, probe }, latencyMs / 1000);
}

/** Drops the series of a probe that is no more, so that sites that come and go do not pile up. */
export function forgetProbe(metrics: ProbeMetrics, site: string, probe: string): void {
  metrics.probeDuration.remove({ site, probe });
  for (const outcome of probeOutcomes) {
    for (const reason of probeReasons) {
      metrics.probes.remove({ site, probe, outcome, reason });
    }
  }
}
