import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { ControlMetrics } from '../../metrics/control-metrics.ts';
import { version } from '../version.ts';

/** The process label of the controller's own figures. */
const own = { process: 'controller' } as const;

const percentiles = [50, 99] as const;

/** Begins to watch this process; the returned function puts what was seen since its last call into the metrics. */
export function watchProcess(metrics: ControlMetrics): () => void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let before = performance.eventLoopUtilization();
  metrics.buildInfo.set({ version, node: process.version, ...own }, 1);
  return () => {
    for (const percentile of percentiles) {
      const seconds = delay.percentile(percentile) / 1e9;
      metrics.eventLoopDelay.set({ ...own, percentile }, Number.isFinite(seconds) ? seconds : 0);
    }
    delay.reset();
    const now = performance.eventLoopUtilization();
    metrics.eventLoopUtilization.set(
      own,
      performance.eventLoopUtilization(now, before).utilization,
    );
    before = now;
    metrics.residentMemory.set(own, process.memoryUsage.rss());
  };
}
