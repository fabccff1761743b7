import { openControlMetrics } from '../src/metrics/control-metrics.ts';
import { describeMetrics, type MetricDescription } from '../src/metrics/describe.ts';
import { openNoticeMetrics } from '../src/metrics/notice-metrics.ts';

function row({ name, type, labels, help }: MetricDescription): string {
  const words = labels.length === 0 ? '' : labels.map((label) => `\`${label}\``).join(' ');
  return `| \`${name}\` | ${type} | ${words} | ${help} |`;
}

const head = ['| Metric | Type | Labels | Meaning |', '|---|---|---|---|'];

/** The text of docs/metrics.md. */
export function metricsPage(): string {
  const control = describeMetrics(openControlMetrics().registry);
  const notice = describeMetrics(openNoticeMetrics().registry);
  const shared = new Set(control.map(({ name }) => name));
  return [
    '# Metrics',
    '',
    'Served at `/metrics` of the admin listener in the Prometheus text format: the controller and, where one runs beside it, its notice process. Names and labels are a contract: a rename is a breaking change.',
    'Labels come from closed sets or from the configuration; a visitor’s Host, URL or address is never one. The series of a site or router that was removed disappear.',
    '',
    '`dashboards/detour.json` is a Grafana dashboard over them, `dashboards/alerts.yaml` are alert rules; see [alerts](alerts.md).',
    '',
    '## Controller',
    '',
    ...head,
    ...control.map(row),
    '',
    '## Notice process',
    '',
    ...head,
    ...notice.filter(({ name }) => !shared.has(name)).map(row),
    '',
    'The figures of a process (`detour_event_loop_…`, `detour_resident_memory_bytes`, `detour_build_info`) come from both, told apart by `process`.',
    '',
  ].join('\n');
}
