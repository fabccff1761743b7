import { Gauge, type Registry } from 'prom-client';

/** Metrics that both planes have. */
export function processMetrics(registry: Registry) {
  const registers = [registry];
  return {
    eventLoopDelay: new Gauge({
      name: 'detour_event_loop_delay_seconds',
      help: 'Event-loop delay over the last 10 s.',
      labelNames: ['process', 'percentile'] as const,
      registers,
    }),
    eventLoopUtilization: new Gauge({
      name: 'detour_event_loop_utilization',
      help: 'Share of the last 10 s in which the event loop was busy.',
      labelNames: ['process'] as const,
      registers,
    }),
    residentMemory: new Gauge({
      name: 'detour_resident_memory_bytes',
      help: 'Resident memory of the process.',
      labelNames: ['process'] as const,
      registers,
    }),
    buildInfo: new Gauge({
      name: 'detour_build_info',
      help: '1, labelled with what is running.',
      labelNames: ['version', 'node', 'process'] as const,
      registers,
    }),
  };
}
