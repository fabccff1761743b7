import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { openApi } from '../../api/api.ts';
import type { ApiOptions, IncidentHistory, ReloadResult } from '../../api/http/options.ts';
import type { ListenAddress } from '../../config/settings.ts';
import type { Controller } from '../../controller/controller.ts';
import { DetourError } from '../../lib/errors.ts';
import type { Store } from '../../ports/store.ts';
import { storedIncident } from '../stored-values.ts';
import { version } from '../version.ts';
import type { Desks } from './desks.ts';
import type { Ground } from './ground.ts';
import { metricsReader } from './metrics-text.ts';
import { neededAddresses } from './needed-addresses.ts';

const uiFolder = fileURLToPath(new URL('../../ui/dist', import.meta.url));

/** The operators' side: API, page and /metrics. */
export interface Admin {
  readonly api: FastifyInstance;
  readonly adminUrl: string;
}

function incidentHistory(store: Store): IncidentHistory {
  return {
    incidents: async (limit) =>
      (await store.list('incident', { limit })).flatMap(({ value }) => storedIncident(value) ?? []),
  };
}

function apiOptions(
  ground: Ground,
  controller: Controller,
  desks: Desks,
): Omit<ApiOptions, 'reload'> {
  const { inForce, journal, store, log } = ground;
  return {
    control: controller,
    registry: desks.sites,
    notices: desks.sites,
    limits: desks.limits,
    maintenance: desks.maintenance,
    routers: desks.routers,
    history: incidentHistory(store),
    journal,
    tokens: () => inForce.settings.admin.tokens,
    metricsText: metricsReader(ground, controller),
    reserved: () => neededAddresses(inForce.settings),
    health: () => ({ unready: [] }),
    version,
    log,
    ...(existsSync(uiFolder) ? { uiFolder } : {}),
  };
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
  { desks, reload }: { readonly desks: Desks; readonly reload: () => Promise<ReloadResult> },
): Promise<Admin> {
  const api = await openApi({ ...apiOptions(ground, controller, desks), reload });
  const adminUrl = await listenOn(api, ground.settings.admin.listen);
  return { api, adminUrl };
}
