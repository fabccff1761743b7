import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { openLogoFitter } from '../../adapters/logos/fit-logo.ts';
import type { NodeFeed } from '../../adapters/publishers/node-feed.ts';
import { openApi } from '../../api/api.ts';
import type { ApiOptions, IncidentHistory, ReloadResult } from '../../api/http/options.ts';
import type { ListenAddress, Settings } from '../../config/settings.ts';
import type { Controller } from '../../controller/controller.ts';
import { DetourError } from '../../lib/errors.ts';
import { storedIncident } from '../stored-values.ts';
import { version } from '../version.ts';
import type { Desks } from './desks.ts';
import type { Ground } from './ground.ts';
import type { Health } from './health.ts';
import type { Leadership } from './leadership.ts';
import { metricsReader } from './metrics-text.ts';
import { neededAddresses } from './needed-addresses.ts';

const uiFolder = fileURLToPath(new URL('../../ui/dist', import.meta.url));

/** The operators' side: API, page and /metrics. */
export interface Admin {
  readonly api: FastifyInstance;
  readonly adminUrl: string;
}

function incidentHistory({ store, transcripts }: Ground): IncidentHistory {
  return {
    transcripts: (incident) => transcripts.of(incident),
    incidents: async (limit) =>
      (await store.list('incident', { limit })).flatMap(({ value }) => storedIncident(value) ?? []),
  };
}

/** What the API is opened over. */
export interface AdminParts {
  readonly desks: Desks;
  readonly leadership: Leadership;
  readonly health: Health;
  readonly nodeFeed: NodeFeed | undefined;
  readonly reload: () => Promise<ReloadResult>;
}

function apiOptions(
  ground: Ground,
  controller: Controller,
  { desks, leadership, health, nodeFeed, reload }: AdminParts,
): ApiOptions {
  const { inForce, journal, key, log } = ground;
  const fitLogo = openLogoFitter();
  return {
    reload,
    leadership,
    control: controller,
    registry: desks.sites,
    notices: desks.sites,
    limits: desks.limits,
    maintenance: desks.maintenance,
    routers: desks.routers,
    drills: desks.drills,
    blockedSources: desks.blocks,
    readiness: (signal) => ground.notices.readiness(signal),
    ...(fitLogo === undefined ? {} : { fitLogo }),
    ...(nodeFeed === undefined ? {} : { noticeNodes: () => nodeFeed.nodes() }),
    history: incidentHistory(ground),
    journal,
    tokens: () => inForce.settings.admin.tokens,
    metricsText: metricsReader(ground, controller),
    reserved: () => neededAddresses(inForce.settings),
    health: () => health.report(),
    markerKey: key.publicPem,
    version,
    log,
    ...(existsSync(uiFolder) ? { uiFolder } : {}),
  };
}

/** Where people on other machines reach the API: as the configuration says, or by the name of this host. */
export function reachableUrl({ admin }: Settings, adminUrl: string): string {
  const { host } = admin.listen;
  const isAnywhere = host === '0.0.0.0' || host === '::';
  return admin.url ?? (isAnywhere ? `http://${hostname()}:${new URL(adminUrl).port}` : adminUrl);
}

async function listenOn(api: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  try {
    return await api.listen({ host, port });
  } catch (error) {
    await api.close();
    throw new DetourError(`Could not listen on ${host}:${port} for the API`, {
      code: 'DETOUR_LISTEN_FAILED',
      cause: error,
    });
  }
}

/** Opens the API, the page and /metrics, and listens. Rejects with DETOUR_LISTEN_FAILED. */
export async function openAdmin(
  ground: Ground,
  controller: Controller,
  parts: AdminParts,
): Promise<Admin> {
  const api = await openApi(apiOptions(ground, controller, parts));
  const adminUrl = await listenOn(api, ground.settings.admin.listen);
  return { api, adminUrl };
}
