/** What a panel shows, before Grafana's own words for it. */
export interface PanelPlan {
  readonly title: string;
  /** What an operator reads from it, in one or two sentences. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: 's' | 'short' | 'reqps' | 'percentunit' | 'bytes' | 'ops' | 'bool_on_off';
  readonly kind: 'timeseries' | 'stat';
  /** Lines on top of each other. */
  readonly isStacked?: boolean;
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
}

export interface RowPlan {
  readonly title: string;
  readonly panels: readonly PanelPlan[];
}

/** Every query asks for the chosen controllers only. */
const chosen = 'job=~"$job",instance=~"$instance"';

const rate = (metric: string, by: string, more = ''): string =>
  `sum by (${by}) (rate(${metric}{${chosen}${more}}[$__rate_interval]))`;

const quantile = (share: number, metric: string, by: string): string =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket{${chosen}}[$__rate_interval])))`;

const sum = (metric: string, by: string, more = ''): string =>
  `sum by (${by}) (${metric}{${chosen}${more}})`;

const estate: RowPlan = {
  title: 'Estate',
  panels: [
    {
      title: 'Diversions in force',
      description:
        'Sites whose diversion is decided and not yet taken back. More than the brakes allow means that people ordered them.',
      unit: 'short',
      kind: 'stat',
      queries: [{ expr: `sum(detour_diversions_active{${chosen}})`, legend: 'diversions' }],
    },
    {
      title: 'Brakes that hold automation back',
      description: 'A brake at 1 holds automation back; detour why SITE names what it holds.',
      unit: 'short',
      kind: 'stat',
      queries: [{ expr: sum('detour_brake_active', 'brake'), legend: '{{brake}}' }],
    },
    {
      title: 'Sites by phase',
      description: 'Where every site stands. Anything but serving is worth a look.',
      unit: 'short',
      kind: 'timeseries',
      isStacked: true,
      queries: [{ expr: sum('detour_site_phase', 'phase'), legend: '{{phase}}' }],
    },
    {
      title: 'Sites by verdict',
      description: 'What the probes say of the sites. Unknown never diverts and never restores.',
      unit: 'short',
      kind: 'timeseries',
      isStacked: true,
      queries: [{ expr: sum('detour_site_verdict', 'verdict'), legend: '{{verdict}}' }],
    },
    {
      title: 'Orders in force',
      description: 'Sites about which a person ordered something that beats every rule.',
      unit: 'short',
      kind: 'timeseries',
      queries: [{ expr: sum('detour_override_active', 'action'), legend: '{{action}}' }],
    },
    {
      title: 'Decisions by reason',
      description: 'How often the audit named each reason.',
      unit: 'ops',
      kind: 'timeseries',
      queries: [{ expr: rate('detour_decisions_total', 'reason'), legend: '{{reason}}' }],
    },
  ],
};

const diversion: RowPlan = {
  title: 'From failure to notice',
  panels: [
    {
      title: 'Time since the first failed probe (median)',
      description:
        'How long after the first failed probe each step was reached: decided, installed on the routers, proven through the data path.',
      unit: 's',
      kind: 'timeseries',
      queries: [{ expr: quantile(0.5, 'detour_diversion_seconds', 'step'), legend: '{{step}}' }],
    },
    {
      title: 'Operations on routers (99th percentile)',
      description: 'Time of reading and changing routes. An operation ends after 30 s at most.',
      unit: 's',
      kind: 'timeseries',
      queries: [
        {
          expr: quantile(0.99, 'detour_router_operation_seconds', 'router, operation'),
          legend: '{{router}} {{operation}}',
        },
      ],
    },
    {
      title: 'Routes',
      description:
        'Desired and observed must be equal. Missing is drift; foreign is a route for a site that Detour did not make and never touches.',
      unit: 'short',
      kind: 'timeseries',
      queries: [{ expr: sum('detour_routes', 'router, state'), legend: '{{router}} {{state}}' }],
    },
    {
      title: 'Routes that end with their controller',
      description:
        'Routes of sites that fall back: the router takes them back by itself when no controller renews their lease.',
      unit: 'short',
      kind: 'timeseries',
      queries: [{ expr: sum('detour_leased_routes', 'router'), legend: '{{router}}' }],
    },
    {
      title: 'Time left of the leases',
      description:
        'Until a router takes those routes back. Renewals come when a third of the lease is over, so less than half means that they fail; at 0 visitors reach the origin again.',
      unit: 's',
      kind: 'timeseries',
      queries: [
        {
          expr: `max by (router) (detour_route_lease_end_timestamp_seconds{${chosen}} - time())`,
          legend: '{{router}}',
        },
        { expr: `max(detour_route_lease_seconds{${chosen}})`, legend: 'whole lease' },
      ],
    },
    {
      title: 'Routers that can be read',
      description: 'At 0 Detour knows nothing new of the router and changes nothing on it.',
      unit: 'bool_on_off',
      kind: 'timeseries',
      queries: [{ expr: sum('detour_router_readable', 'router'), legend: '{{router}}' }],
    },
  ],
};

const probes: RowPlan = {
  title: 'Probes',
  panels: [
    {
      title: 'Vantages that send results',
      description: 'With half of them at 0 there is no verdict on any site.',
      unit: 'bool_on_off',
      kind: 'timeseries',
      queries: [{ expr: sum('detour_vantage_up', 'vantage'), legend: '{{vantage}}' }],
    },
    {
      title: 'Probes by outcome',
      description:
        'Inconclusive probes say nothing about a site; many of them say something about us.',
      unit: 'ops',
      kind: 'timeseries',
      queries: [{ expr: rate('detour_probes_total', 'outcome'), legend: '{{outcome}}' }],
    },
    {
      title: 'Failed probes by reason',
      description: 'The phase in which probes failed.',
      unit: 'ops',
      kind: 'timeseries',
      queries: [
        {
          expr: rate('detour_probes_total', 'site, reason', ',outcome="fail"'),
          legend: '{{site}} {{reason}}',
        },
      ],
    },
    {
      title: 'Time of a probe (95th percentile)',
      description: 'From connect to verdict, by site.',
      unit: 's',
      kind: 'timeseries',
      queries: [
        { expr: quantile(0.95, 'detour_probe_duration_seconds', 'site'), legend: '{{site}}' },
      ],
    },
    {
      title: 'How late probes begin (99th percentile)',
      description: 'Against their plan. More than 100 ms means that this host is too busy.',
      unit: 's',
      kind: 'timeseries',
      queries: [{ expr: quantile(0.99, 'detour_probe_lag_seconds', 'job'), legend: '{{job}}' }],
    },
  ],
};

const notices: RowPlan = {
  title: 'Notices',
  panels: [
    {
      title: 'Requests by site',
      description: 'Answers of the notice plane; other is for names that are nobody’s here.',
      unit: 'reqps',
      kind: 'timeseries',
      queries: [{ expr: rate('detour_notice_requests_total', 'site'), legend: '{{site}}' }],
    },
    {
      title: 'Time to answer (99th percentile)',
      description: 'From a whole request head to its answer in the hands of the kernel.',
      unit: 's',
      kind: 'timeseries',
      queries: [
        { expr: quantile(0.99, 'detour_notice_request_seconds', 'job'), legend: '{{job}}' },
      ],
    },
    {
      title: 'Open sessions',
      description: 'Connections by site against the limit on all of them.',
      unit: 'short',
      kind: 'timeseries',
      queries: [
        { expr: sum('detour_notice_sessions', 'site'), legend: '{{site}}' },
        { expr: `max(detour_notice_limit{${chosen},limit="sessions"})`, legend: 'limit' },
      ],
    },
    {
      title: 'Turned away',
      description: 'Connections and requests refused, by the limit that refused them.',
      unit: 'ops',
      kind: 'timeseries',
      queries: [{ expr: rate('detour_notice_refused_total', 'reason'), legend: '{{reason}}' }],
    },
    {
      title: 'Load ladder',
      description: '0: full page, 1: small page, 2: connections are closed.',
      unit: 'short',
      kind: 'stat',
      queries: [{ expr: `max(detour_notice_ladder{${chosen}})`, legend: 'step' }],
    },
    {
      title: 'Age of the snapshot',
      description:
        'Time since the notices being served were written. Old is normal in quiet times.',
      unit: 's',
      kind: 'stat',
      queries: [{ expr: `max(detour_notice_snapshot_age_seconds{${chosen}})`, legend: 'age' }],
    },
  ],
};

const detour: RowPlan = {
  title: 'Detour itself',
  panels: [
    {
      title: 'Can it act?',
      description:
        'Leader, store and journal. Without the journal no automation begins; without the store history is lost, nothing else.',
      unit: 'bool_on_off',
      kind: 'timeseries',
      queries: [
        { expr: `max(detour_leader{${chosen}})`, legend: 'leader' },
        { expr: `min(detour_store_up{${chosen}})`, legend: 'store' },
        { expr: `min(detour_journal_up{${chosen}})`, legend: 'journal' },
        { expr: `max(detour_frozen{${chosen}})`, legend: 'frozen' },
        {
          expr: `min(detour_config_last_reload_successful{${chosen}})`,
          legend: 'configuration as on disk',
        },
      ],
    },
    {
      title: 'Event-loop delay (99th percentile)',
      description: 'Over the last 10 s. Probes that met a stall count for nothing.',
      unit: 's',
      kind: 'timeseries',
      queries: [
        {
          expr: `max by (process) (detour_event_loop_delay_seconds{${chosen},percentile="99"})`,
          legend: '{{process}}',
        },
      ],
    },
    {
      title: 'Busy event loop',
      description: 'Share of time. Above 0.9 the notice plane steps down its ladder.',
      unit: 'percentunit',
      kind: 'timeseries',
      queries: [
        {
          expr: `max by (process) (detour_event_loop_utilization{${chosen}})`,
          legend: '{{process}}',
        },
      ],
    },
    {
      title: 'Memory',
      description: 'Resident memory of each process.',
      unit: 'bytes',
      kind: 'timeseries',
      queries: [
        {
          expr: `max by (process) (detour_resident_memory_bytes{${chosen}})`,
          legend: '{{process}}',
        },
      ],
    },
    {
      title: 'Alerts sent',
      description: 'By channel and result. Anything but ok means that people may not have heard.',
      unit: 'ops',
      kind: 'timeseries',
      queries: [
        { expr: rate('detour_alerts_total', 'channel, result'), legend: '{{channel}} {{result}}' },
      ],
    },
    {
      title: 'What is running',
      description: 'Version and Node.js of each process.',
      unit: 'short',
      kind: 'stat',
      queries: [
        {
          expr: `max by (process, version, node) (detour_build_info{${chosen}})`,
          legend: '{{process}} {{version}} on {{node}}',
        },
      ],
    },
  ],
};

export const rows: readonly RowPlan[] = [estate, diversion, probes, notices, detour];
