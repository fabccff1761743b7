import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type PanelPlan, rows } from './panels.ts';

/** The variable by which a reader of the dashboard picks the data source. */
const sourceVariable = 'datasource';

const datasource = { type: 'prometheus', uid: `$\{${sourceVariable}}` };

const panelHeight = 8;
const panelSpan = 8;

function queryOf(plan: PanelPlan): readonly DataqueryBuilder[] {
  return plan.queries.map(({ expr, legend }, index) => {
    const query = new DataqueryBuilder()
      .expr(expr)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + index));
    return plan.kind === 'stat' ? query.instant() : query.range();
  });
}

function seriesPanel(plan: PanelPlan): SeriesBuilder {
  const panel = new SeriesBuilder()
    .title(plan.title)
    .description(plan.description)
    .unit(plan.unit)
    .datasource(datasource)
    .height(panelHeight)
    .span(panelSpan)
    .fillOpacity(plan.isStacked === true ? 30 : 8);
  for (const query of queryOf(plan)) {
    panel.withTarget(query);
  }
  return panel;
}

function statPanel(plan: PanelPlan): StatBuilder {
  const panel = new StatBuilder()
    .title(plan.title)
    .description(plan.description)
    .unit(plan.unit)
    .datasource(datasource)
    .height(panelHeight)
    .span(panelSpan);
  for (const query of queryOf(plan)) {
    panel.withTarget(query);
  }
  return panel;
}

function labelVariable(label: 'job' | 'instance', query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(label)
    .label(label === 'job' ? 'Job' : 'Instance')
    .query(query)
    .datasource(datasource)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.+');
}

/** The dashboard for people on duty, as Grafana takes it. */
export function dashboard(): object {
  const builder = new DashboardBuilder('Detour')
    .uid('detour')
    .description('Which sites are diverted, why, how fast, and whether Detour itself is well.')
    .tags(['detour'])
    .readonly()
    .refresh('10s')
    .time({ from: 'now-3h', to: 'now' })
    .withVariable(
      new DatasourceVariableBuilder(sourceVariable).label('Data source').type('prometheus'),
    )
    .withVariable(labelVariable('job', 'label_values(detour_leader, job)'))
    .withVariable(labelVariable('instance', 'label_values(detour_leader{job=~"$job"}, instance)'));
  for (const { title, panels } of rows) {
    builder.withRow(new RowBuilder(title));
    for (const plan of panels) {
      builder.withPanel(plan.kind === 'stat' ? statPanel(plan) : seriesPanel(plan));
    }
  }
  return builder.build();
}

/** The text of `dashboards/detour.json`. */
export function dashboardText(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}
