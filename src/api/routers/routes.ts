import type { FastifyRequest } from 'fastify';
import type { RouterView } from '../../controller/control.ts';
import { desiredRoutes } from '../../core/desired-routes.ts';
import type { RouterState, State } from '../../core/state.ts';
import { errorChain } from '../../lib/errors.ts';
import { second } from '../../lib/time.ts';
import { own, timeOf, timeOrNull } from '../http/fields.ts';
import type { ApiContext, DrillDesk } from '../http/options.ts';
import { ApiProblem } from '../http/problem.ts';
import { type ApiServer, actorOf, ownerOf } from '../http/server.ts';
import { emptyBody } from '../incidents/schema.ts';
import { drillView, heldDrill } from './drill.ts';
import {
  drillListSchema,
  drillSchema,
  type RouterRoutes,
  type RouterStanding,
  routerListSchema,
  routerParams,
  routerRoutesSchema,
} from './schema.ts';

/** A router operation may last this long (DESIGN section 10). */
const readPatienceMs = 30 * second;

function findRouter(state: State, name: string): RouterState {
  const router = own(state.routers, name);
  if (router === undefined) {
    throw new ApiProblem(
      404,
      'not-found',
      `No router is named ${name}. GET /api/v1/routers lists them.`,
    );
  }
  return router;
}

function routerStanding(state: State, name: string, router: RouterState): RouterStanding {
  const spec = own(state.config.routers, name);
  return {
    name,
    isReadable: router.isReadable,
    readAt: timeOrNull(router.readAt),
    error: troubleOf(router) ?? null,
    nextHop: { ipv4: spec?.nextHop.ipv4 ?? null, ipv6: spec?.nextHop.ipv6 ?? null },
    estate: [...(spec?.estate ?? [])],
    isSyncing: router.syncing !== undefined,
    isInsecure: spec?.isInsecure === true,
    allowsOldAlgorithms: spec?.allowsOldAlgorithms === true,
    lease:
      router.lease === undefined
        ? null
        : {
            routes: router.lease.routes,
            until: timeOf(router.lease.until),
            problem: router.lease.problem ?? null,
          },
    desired: [...desiredRoutes(state, name)],
    observed: [...router.owned],
    foreign: [...router.foreign],
  };
}

/** Why a router cannot be read, or how its last change failed while that stands. */
function troubleOf({ error, failure }: RouterState): string | undefined {
  return error ?? (failure === undefined ? undefined : `${failure.code}: ${failure.message}`);
}

/**
 * Reads a router now; a failure is a view with its error, never a rejection. Only who may give orders has a refused login
 * tried again before its time: a wall display that asks every few seconds must not lock the account.
 */
async function readNow(
  { routers }: ApiContext,
  name: string,
  request: Pick<FastifyRequest, 'actor'>,
): Promise<RouterView> {
  const insists = actorOf(request).role !== 'viewer';
  try {
    return await routers.view(name, AbortSignal.timeout(readPatienceMs), insists);
  } catch (error) {
    return { router: name, error: errorChain(error), lines: [] };
  }
}

function routesView(context: ApiContext, name: string, view: RouterView): RouterRoutes {
  const { plan } = view;
  return {
    router: name,
    readAt: timeOf(context.now()),
    error: view.error ?? null,
    desired: [...desiredRoutes(context.control.state(), name)],
    observed: [...(view.reading?.owned ?? [])],
    foreign: [...(view.reading?.foreign ?? [])],
    plan:
      plan === undefined
        ? null
        : { add: [...plan.add], remove: [...plan.remove], unchanged: [...plan.unchanged] },
    lines: [...view.lines],
  };
}

function refuseHindered(drills: DrillDesk): void {
  const hindrance = drills.hindrance();
  if (hindrance !== undefined) {
    throw new ApiProblem(409, 'refused', `No drill is held now: ${hindrance.detail}.`);
  }
}

/** Routes of the routers; a drill alone changes something, where the configuration gives it an address. */
export function routerRoutes(app: ApiServer, context: ApiContext): void {
  const { control, drills, now } = context;
  app.get(
    '/routers/:router/drills',
    {
      schema: {
        operationId: 'listDrills',
        tags: ['routers'],
        summary: 'Drills of a router that really diverted, newest first.',
        params: routerParams,
        response: { 200: drillListSchema },
      },
    },
    async ({ params: { router } }) => {
      findRouter(control.state(), router);
      const held = (await drills?.history(router)) ?? [];
      return { drills: held.map(heldDrill) };
    },
  );
  app.get(
    '/routers',
    {
      schema: {
        operationId: 'listRouters',
        tags: ['routers'],
        summary: 'Routers as last read, and what they should have.',
        response: { 200: routerListSchema },
      },
    },
    () => {
      const state = control.state();
      const routers = Object.entries(state.routers).map(([name, router]) =>
        routerStanding(state, name, router),
      );
      return { routers: routers.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  );
  app.get(
    '/routers/:router/routes',
    {
      schema: {
        operationId: 'getRoutes',
        tags: ['routers'],
        summary: 'Read a router now and plan against what it should have.',
        params: routerParams,
        response: { 200: routerRoutesSchema },
      },
    },
    async (request) => {
      const { router } = request.params;
      findRouter(control.state(), router);
      return routesView(context, router, await readNow(context, router, request));
    },
  );
  app.post(
    '/routers/:router/drill',
    {
      schema: {
        operationId: 'drillRouter',
        tags: ['routers'],
        summary: 'Rehearse a diversion.',
        description:
          'Where the router has `drill` in its configuration, its reserved address is diverted, seen through the data path and restored. Elsewhere the router is read and compared, and nothing is changed.',
        params: routerParams,
        body: emptyBody,
        response: { 200: drillSchema },
      },
    },
    async (request) => {
      const { router } = request.params;
      findRouter(control.state(), router);
      if (drills?.isPlanned(router) === true) {
        refuseHindered(drills);
        return heldDrill(await drills.run(router, ownerOf(request)));
      }
      const startedAt = now();
      const view = await readNow(context, router, request);
      return drillView(control.state(), view, { startedAt, endedAt: now() });
    },
  );
}
