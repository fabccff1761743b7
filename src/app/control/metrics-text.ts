import type { Controller } from '../../controller/controller.ts';
import { observeVerdicts } from '../../controller/observe-metrics.ts';
import type { Ground } from './ground.ts';
import { watchProcess } from './process-figures.ts';

/** A scrape waits this long for the notice process, and then shows the rest. */
const noticeMs = 1_000;

/** What a `# HELP` or `# TYPE` line describes; undefined for a line of figures. */
function describedBy(line: string): string | undefined {
  return line.startsWith('# ') ? line.split(' ').slice(0, 3).join(' ') : undefined;
}

/** Series of the notice process follow ours; lines that describe a metric we already have are left out. */
function joinMetrics(own: string, notice: string): string {
  const known = new Set(own.split('\n').map(describedBy));
  const rest = notice.split('\n').filter((line) => {
    const described = describedBy(line);
    return described === undefined || !known.has(described);
  });
  return `${own.trimEnd()}\n${rest.join('\n')}`;
}

/** What `/metrics` shows: the controller's figures of this moment and those of the notice process beside it. */
export function metricsReader(
  { metrics, notices, clock }: Ground,
  controller: Controller,
): () => Promise<string> {
  const refresh = watchProcess(metrics);
  return async () => {
    refresh();
    observeVerdicts(metrics, controller.state(), clock.now());
    const own = await metrics.registry.metrics();
    try {
      return joinMetrics(own, await notices.metrics(AbortSignal.timeout(noticeMs)));
    } catch {
      // A notice plane that does not answer shows in `up` of its own series: they are missing.
      return own;
    }
  };
}
