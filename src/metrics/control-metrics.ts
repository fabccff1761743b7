import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { processMetrics } from './process-metrics.ts';

/**
 * Metrics of the control plane. Names and labels are a contract (docs/metrics.md); a rename is a breaking change.
 * Labels come from closed sets or from the configuration: never a visitor's host, URL or address.
 */
export function openControlMetrics(registry = new Registry()) {
  const registers = [registry];
  return {
    registry,
    ...processMetrics(registry),
    probeDuration: new Histogram({
      name: 'detour_probe_duration_seconds',
      help: 'Time of one probe from connect to its verdict.',
      labelNames: ['site', 'probe'] as const,
      buckets: [0.005, 0.02, 0.1, 0.3, 1, 3, 10],
      registers,
    }),
    probes: new Counter({
      name: 'detour_probes_total',
      help: 'Probes finished, by outcome and reason.',
      labelNames: ['site', 'probe', 'outcome', 'reason'] as const,
      registers,
    }),
    probeLag: new Histogram({
      name: 'detour_probe_lag_seconds',
      help: 'How late a probe began, against its plan.',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
      registers,
    }),
    sitePhase: new Gauge({
      name: 'detour_site_phase',
      help: '1 for the phase a site is in, 0 for the others.',
      labelNames: ['site', 'phase'] as const,
      registers,
    }),
    siteVerdict: new Gauge({
      name: 'detour_site_verdict',
      help: '1 for the verdict on a site, 0 for the others.',
      labelNames: ['site', 'verdict'] as const,
      registers,
    }),
    diversionsActive: new Gauge({
      name: 'detour_diversions_active',
      help: 'Sites whose diversion is decided and not yet taken back.',
      registers,
    }),
    diversionSeconds: new Histogram({
      name: 'detour_diversion_seconds',
      help: 'From the first failed probe to each step of a diversion.',
      labelNames: ['step'] as const,
      buckets: [0.1, 0.5, 1, 2, 3, 5, 10, 30, 60, 120],
      registers,
    }),
    decisions: new Counter({
      name: 'detour_decisions_total',
      help: 'Decisions, by the reason that the audit names.',
      labelNames: ['reason'] as const,
      registers,
    }),
    brakeActive: new Gauge({
      name: 'detour_brake_active',
      help: '1 while a brake holds automation back.',
      labelNames: ['brake'] as const,
      registers,
    }),
    overrideActive: new Gauge({
      name: 'detour_override_active',
      help: '1 while a person has ordered this about a site.',
      labelNames: ['site', 'action'] as const,
      registers,
    }),
    routes: new Gauge({
      name: 'detour_routes',
      help: 'Host routes by router: desired, observed (ours), missing, foreign (for addresses of sites).',
      labelNames: ['router', 'state'] as const,
      registers,
    }),
    routerOperation: new Histogram({
      name: 'detour_router_operation_seconds',
      help: 'Time of one operation on a router.',
      labelNames: ['router', 'operation', 'result'] as const,
      buckets: [0.01, 0.05, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
    leasedRoutes: new Gauge({
      name: 'detour_leased_routes',
      help: 'Routes that the router takes back by itself when no controller renews them.',
      labelNames: ['router'] as const,
      registers,
    }),
    routeLeaseEnd: new Gauge({
      name: 'detour_route_lease_end_timestamp_seconds',
      help: 'When the router takes them back unless they are renewed; no series where there are none.',
      labelNames: ['router'] as const,
      registers,
    }),
    routeLease: new Gauge({
      name: 'detour_route_lease_seconds',
      help: 'How long a router keeps the routes of sites that fall back without hearing from a controller (guards.routeLease).',
      registers,
    }),
    vantageUp: new Gauge({
      name: 'detour_vantage_up',
      help: '1 while the vantage sends results.',
      labelNames: ['vantage'] as const,
      registers,
    }),
    routerReadable: new Gauge({
      name: 'detour_router_readable',
      help: '1 while the last read of the router succeeded.',
      labelNames: ['router'] as const,
      registers,
    }),
    drills: new Counter({
      name: 'detour_drills_total',
      help: 'Drills held, by how they ended: passed or failed.',
      labelNames: ['router', 'result'] as const,
      registers,
    }),
    drillLastSuccess: new Gauge({
      name: 'detour_drill_last_success_timestamp_seconds',
      help: 'When a drill of the router last passed.',
      labelNames: ['router'] as const,
      registers,
    }),
    ruleErrors: new Gauge({
      name: 'detour_rule_not_evaluable',
      help: '1 while a rule cannot be evaluated for a site.',
      labelNames: ['rule', 'site'] as const,
      registers,
    }),
    alerts: new Counter({
      name: 'detour_alerts_total',
      help: 'Tries to tell a channel an alert: ok, failed (tried again), dropped (given up).',
      labelNames: ['channel', 'result'] as const,
      registers,
    }),
    alertsWaiting: new Gauge({
      name: 'detour_alerts_waiting',
      help: 'Alerts that a channel has not taken yet.',
      labelNames: ['channel'] as const,
      registers,
    }),
    alertsStanding: new Gauge({
      name: 'detour_alerts_standing',
      help: 'Alerts whose trouble is not over.',
      registers,
    }),
    certificateOrders: new Counter({
      name: 'detour_certificate_orders_total',
      help: 'Hostnames due for a certificate: issued, failed, or not-ours (its challenges do not reach us, so nothing was ordered).',
      labelNames: ['result'] as const,
      registers,
    }),
    certificateFailures: new Gauge({
      name: 'detour_certificate_failures',
      help: 'Orders for a certificate of a registered hostname that failed in a row; no series while none did.',
      labelNames: ['hostname'] as const,
      registers,
    }),
    noticeNodeUp: new Gauge({
      name: 'detour_notice_node_up',
      help: '1 while a notice node on another host follows this controller.',
      labelNames: ['node'] as const,
      registers,
    }),
    noticeNodeGeneration: new Gauge({
      name: 'detour_notice_node_generation',
      help: 'Generation of the snapshot that a notice node serves.',
      labelNames: ['node'] as const,
      registers,
    }),
    originHostUp: new Gauge({
      name: 'detour_origin_host_up',
      help: '1 while an origin host gives its figures; rules about `host` see nothing of it otherwise.',
      labelNames: ['host'] as const,
      registers,
    }),
    leader: new Gauge({
      name: 'detour_leader',
      help: '1 while this controller may act.',
      registers,
    }),
    storeUp: new Gauge({ name: 'detour_store_up', help: '1 while the store answers.', registers }),
    unstored: new Counter({
      name: 'detour_unstored_total',
      help: 'Records that were given up because the store was away too long.',
      labelNames: ['kind'] as const,
      registers,
    }),
    journalUp: new Gauge({
      name: 'detour_journal_up',
      help: '1 while intents can be made durable; 0 stops new automation.',
      registers,
    }),
    configReload: new Gauge({
      name: 'detour_config_last_reload_successful',
      help: '1 when the configuration in use is the one on disk.',
      registers,
    }),
    frozen: new Gauge({
      name: 'detour_frozen',
      help: '1 while a person has stopped all automation.',
      registers,
    }),
  };
}

export type ControlMetrics = ReturnType<typeof openControlMetrics>;
