import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { dashboardText } from '../../dashboards/source/dashboard.ts';
import { metricsPage } from '../../scripts/metrics-page.ts';
import { openControlMetrics } from '../../src/metrics/control-metrics.ts';
import { describeMetrics } from '../../src/metrics/describe.ts';
import { openNoticeMetrics } from '../../src/metrics/notice-metrics.ts';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const panelSchema = z.object({
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  datasource: z.object({ uid: z.string() }).optional(),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string().optional() }) }).optional(),
  targets: z
    .array(z.object({ expr: z.string(), legendFormat: z.string(), refId: z.string() }))
    .optional(),
});

const dashboardSchema = z.object({
  uid: z.string(),
  editable: z.boolean(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(panelSchema),
});

const dashboard = dashboardSchema.parse(JSON.parse(read('dashboards/detour.json')));
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }): [string, string] => [title, expr]),
);

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.object({
            summary: z.string(),
            description: z.string(),
            runbook_url: z.string(),
          }),
        }),
      ),
    }),
  ),
});

const alerts = rulesSchema
  .parse(parse(read('dashboards/alerts.yaml')))
  .groups.flatMap(({ rules }) => rules);

const metrics = [
  ...describeMetrics(openControlMetrics().registry),
  ...describeMetrics(openNoticeMetrics().registry),
];

/** Names of series as Prometheus stores them. */
const series = new Map(
  metrics.flatMap(({ name, type, labels }): readonly [string, ReadonlySet<string>][] => {
    const known = new Set([...labels, 'job', 'instance']);
    const parts = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    return parts.map((part) => [`${name}${part}`, new Set([...known, 'le'])]);
  }),
);

function plain(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$job', '.+')
    .replaceAll('$instance', '.+');
}

/** Where a query cannot be read. */
function syntaxErrors(expr: string): readonly number[] {
  const places: number[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) {
        places.push(from);
      }
    },
  });
  return places;
}

describe('the dashboard', () => {
  it('is what its source makes; node scripts/generate-docs.ts makes it anew', () => {
    expect(read('dashboards/detour.json')).toBe(dashboardText());
  });

  it('can be told from others and not be changed by accident', () => {
    expect(dashboard.uid).toBe('detour');
    expect(dashboard.editable).toBe(false);
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual([
      'datasource',
      'job',
      'instance',
    ]);
  });

  it.each(panels)('panel $title says what it shows, in which unit, from which source', (panel) => {
    expect(panel.description?.length ?? 0).toBeGreaterThan(20);
    expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
    expect(panel.datasource?.uid).toBe(`$${'{datasource}'}`);
    expect(panel.targets?.length ?? 0).toBeGreaterThan(0);
  });

  it('has no two panels of one name', () => {
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it.each(queries)('%s: %s can be read, and asks for the chosen controllers only', (_, expr) => {
    expect(syntaxErrors(plain(expr))).toEqual([]);
    expect(expr).toContain('job=~"$job",instance=~"$instance"');
  });

  it.each(queries)('%s: %s asks for metrics and labels that there are', (_, expr) => {
    const names = [...expr.matchAll(/\bdetour_[a-z_]+/g)].map(([name]) => name);
    expect(names.length).toBeGreaterThan(0);
    const labels = [...expr.matchAll(/by \(([^)]+)\)/g)].flatMap(([, list = '']) =>
      list.split(/,\s*/),
    );
    for (const name of names) {
      const known = series.get(name);
      expect({ name, isKnown: known !== undefined }).toEqual({ name, isKnown: true });
      expect(labels.filter((label) => known?.has(label) === false)).toEqual([]);
    }
  });

  it.each(queries)('%s: %s counts counters by their rate', (_, expr) => {
    const counters = [...expr.matchAll(/\bdetour_[a-z_]+(?:_total|_bucket)\b/g)];
    for (const { index } of counters) {
      expect(expr.slice(0, index)).toMatch(/rate\($/);
    }
  });
});

describe('the alert rules', () => {
  it.each(alerts)('$alert asks for metrics that there are, and says what to do', (alert) => {
    const { expr, annotations } = alert;
    expect(syntaxErrors(expr)).toEqual([]);
    const unknown = [...expr.matchAll(/\bdetour_[a-z_]+/g)]
      .map(([name]) => name)
      .filter((name) => !series.has(name));
    expect(unknown).toEqual([]);
    expect(annotations.runbook_url).toBe(`docs/alerts.md#${alert.alert.toLowerCase()}`);
    expect(read('docs/alerts.md')).toContain(`\n## ${alert.alert}\n`);
  });

  it('are all tested', () => {
    const tests = read('dashboards/alerts.test.yaml') + read('dashboards/alerts-slow.test.yaml');

    expect(alerts.filter(({ alert }) => !tests.includes(alert))).toEqual([]);
  });
});

it('docs/metrics.md is what the code says; node scripts/generate-docs.ts makes it anew', () => {
  expect(read('docs/metrics.md')).toBe(metricsPage());
});
