import { existsSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { openApi } from '../api/api.ts';
import type { ReloadResult } from '../api/http/options.ts';
import { environment } from '../config/env.ts';
import { inspectConfigFile } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import type { Controller } from '../controller/controller.ts';
import type { Limits } from '../controller/limits.ts';
import type { Maintenance } from '../controller/maintenance.ts';
import { observeVerdicts } from '../controller/observe-metrics.ts';
import type { Routers } from '../controller/router-desk.ts';
import type { Sites } from '../controller/sites.ts';
import { DetourError } from '../lib/errors.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Ground } from './control-plane.ts';
import { coreConfig } from './core-config.ts';
import { drivers } from './load-settings.ts';
import { storedIncident } from './stored-values.ts';
import { version } from './version.ts';

interface Desks {
  readonly controller: Controller;
  readonly sites: Sites;
  readonly limits: Limits;
  readonly maintenance: Maintenance;
  readonly routers: Routers;
}

/** Figures of this process, taken when somebody asks for the metrics. */
function watchProcess(metrics: ControlMetrics): () => void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let before = performance.eventLoopUtilization();
  metrics.buildInfo.set({ version, node: process.version, process: 'controller' }, 1);
  return () => {
    const process_ = 'controller';
    for (const [quantile, percent] of [
      ['0.5', 50],
      ['0.99', 99],
    ] as const) {
      const seconds = delay.percentile(percent) / 1e9;
      metrics.eventLoopDelay.set(
        { process: process_, quantile },
        Number.isFinite(seconds) ? seconds : 0,
      );
    }
    delay.reset();
    const now = performance.eventLoopUtilization();
    metrics.eventLoopUtilization.set(
      { process: process_ },
      performance.eventLoopUtilization(now, before).utilization,
    );
    before = now;
    metrics.residentMemory.set({ process: process_ }, process.memoryUsage.rss());
  };
}

/** Series of the notice process follow ours; lines that describe a metric we already have are left out. */
function joinMetrics(own: string, notice: string): string {
  const known = new Set(
    own
      .split('\n')
      .flatMap((line) => (line.startsWith('# ') ? [line.split(' ').slice(0, 3).join(' ')] : [])),
  );
  const rest = notice
    .split('\n')
    .filter((line) => !line.startsWith('# ') || !known.has(line.split(' ').slice(0, 3).join(' ')));
  return `${own.trimEnd()}\n${rest.join('\n')}`;
}

/** Addresses that Detour itself depends on, with what they are for: no site may have one. */
function neededAddresses({ routers, references }: Settings): ReadonlyMap<string, string> {
  return new Map([
    ...routers.flatMap(({ name, transport }): readonly [string, string][] =>
      transport.type === 'ssh'
        ? [[transport.host, `the management address of router ${name}`]]
        : [],
    ),
    ...references.map(({ address }): [string, string] => [
      address,
      'a reference of guards.isolation',
    ]),
  ]);
}

async function reload(
  { settings, metrics, log }: Ground,
  { controller, sites }: Desks,
): Promise<ReloadResult> {
  if (settings.file === undefined) {
    return {
      isApplied: false,
      problems: ['There is no configuration file to read again.'],
      warnings: [],
    };
  }
  const report = inspectConfigFile(settings.file, environment(), drivers);
  const problems = report.problems.map(formatProblem);
  const warnings = report.warnings.map(formatProblem);
  if (report.settings === undefined) {
    metrics.configReload.set(0);
    log.error({ problems }, 'The configuration was not reloaded; the old one stays');
    const detail = `${problems.length} problems; the old configuration stays`;
    await controller.submit({ type: 'noted', reason: 'config-rejected', owner: 'detour', detail });
    return { isApplied: false, problems, warnings };
  }
  await sites.rebase(coreConfig(report.settings));
  metrics.configReload.set(1);
  return { isApplied: true, problems: [], warnings };
}

/** Opens the API, the page and /metrics, and listens. Rejects with DETOUR_LISTEN_FAILED. */
export async function openAdmin(
  ground: Ground,
  desks: Desks,
): Promise<{
  readonly api: FastifyInstance;
  readonly adminUrl: string;
  readonly reload: () => Promise<ReloadResult>;
}> {
  const { settings, metrics, journal, store, notices, log } = ground;
  const { controller } = desks;
  const refresh = watchProcess(metrics);
  const uiFolder = fileURLToPath(new URL('../ui/dist', import.meta.url));
  const again = (): Promise<ReloadResult> => reload(ground, desks);
  const api = await openApi({
    control: controller,
    registry: desks.sites,
    notices: desks.sites,
    limits: desks.limits,
    maintenance: desks.maintenance,
    routers: desks.routers,
    history: {
      incidents: async (limit) =>
        (await store.list('incident', { limit })).flatMap(
          ({ value }) => storedIncident(value) ?? [],
        ),
    },
    journal,
    tokens: () => settings.admin.tokens,
    metricsText: async () => {
      refresh();
      observeVerdicts(metrics, controller.state(), Date.now());
      const own = await metrics.registry.metrics();
      try {
        return joinMetrics(own, await notices.metrics(AbortSignal.timeout(1_000)));
      } catch {
        // A notice plane that does not answer shows in `up` of its own series: they are missing.
        return own;
      }
    },
    reload: again,
    reserved: () => neededAddresses(settings),
    health: () => ({ unready: [] }),
    version,
    log,
    ...(existsSync(uiFolder) ? { uiFolder } : {}),
  });
  const { host, port } = settings.admin.listen;
  try {
    const adminUrl = await api.listen({ host, port });
    return { api, adminUrl, reload: again };
  } catch (error) {
    await api.close();
    throw new DetourError(`Could not listen on ${host}:${port} for the API`, {
      code: 'DETOUR_LISTEN_FAILED',
      cause: error,
    });
  }
}
