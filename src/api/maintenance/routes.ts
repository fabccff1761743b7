import { randomUUID } from 'node:crypto';
import type { MaintenanceWindow } from '../../controller/control.ts';
import type { State } from '../../core/state.ts';
import { type EpochMs, second } from '../../lib/time.ts';
import { own, timeOf, timeOrNull } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem, type ProblemError, refusal } from '../http/problem.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import {
  type MaintenanceInput,
  maintenanceInputSchema,
  maintenanceParams,
  maxWindowSeconds,
  maxWindows,
  type WindowView,
  windowListSchema,
  windowViewSchema,
} from './schema.ts';

type NewWindow = Omit<MaintenanceWindow, 'isActive' | 'nextStartAt'>;

function windowView(window: MaintenanceWindow): WindowView {
  const { id, sites, reason, divert, owner } = window;
  return {
    id,
    sites: [...sites],
    reason,
    divert,
    owner,
    startsAt: timeOrNull(window.startsAt),
    endsAt: timeOrNull(window.endsAt),
    cron: window.cron ?? null,
    durationSeconds: window.durationMs === undefined ? null : window.durationMs / second,
    timeZone: window.timeZone ?? null,
    isActive: window.isActive ?? false,
    nextStartAt: timeOrNull(window.nextStartAt),
  };
}

function refuseUnknownSites(state: State, sites: readonly string[]): void {
  const errors = sites.flatMap((name, index): readonly ProblemError[] =>
    own(state.config.sites, name) === undefined
      ? [{ path: `/body/sites/${index}`, message: `No site is named ${name}.` }]
      : [],
  );
  if (errors.length > 0) {
    throw new ApiProblem(422, 'refused', 'The window names sites that are not registered.', errors);
  }
}

function onceOf(
  startsText: string | undefined,
  endsText: string,
  now: EpochMs,
): Pick<NewWindow, 'startsAt' | 'endsAt'> {
  const startsAt = startsText === undefined ? now : Date.parse(startsText);
  const endsAt = Date.parse(endsText);
  if (endsAt <= startsAt || endsAt <= now) {
    throw refusal('/body/endsAt', 'The window must end after it starts, and after now.');
  }
  if (endsAt - startsAt > maxWindowSeconds * second) {
    throw refusal('/body/endsAt', 'A window lasts at most 7 days.');
  }
  return { startsAt, endsAt };
}

function windowOf(input: MaintenanceInput, owner: string, now: EpochMs): NewWindow {
  const { sites, reason, divert } = input;
  const common = { id: randomUUID(), sites: [...new Set(sites)], reason, divert, owner };
  return 'cron' in input
    ? {
        ...common,
        cron: input.cron,
        durationMs: input.durationSeconds * second,
        timeZone: input.timeZone,
      }
    : { ...common, ...onceOf(input.startsAt, input.endsAt, now) };
}

function whenWords({ startsAt, endsAt, cron, timeZone }: NewWindow): string {
  return startsAt === undefined || endsAt === undefined
    ? `at ${cron} ${timeZone}`
    : `from ${timeOf(startsAt)} to ${timeOf(endsAt)}`;
}

/** Routes of the maintenance calendar. */
export function maintenanceRoutes(app: ApiServer, context: ApiContext): void {
  const { control, maintenance, now } = context;
  app.get(
    '/maintenance',
    {
      schema: {
        operationId: 'listMaintenance',
        tags: ['maintenance'],
        summary: 'Planned windows.',
        response: { 200: windowListSchema },
      },
    },
    () => ({ windows: maintenance.windows().map(windowView) }),
  );
  app.post(
    '/maintenance',
    {
      schema: {
        operationId: 'addMaintenance',
        tags: ['maintenance'],
        summary: 'Plan a window, once or again and again.',
        body: maintenanceInputSchema,
        response: { 201: windowViewSchema },
      },
    },
    async (request, reply) => {
      const owner = ownerOf(request);
      refuseUnknownSites(control.state(), request.body.sites);
      if (maintenance.windows().length >= maxWindows) {
        throw refusal(
          '/body',
          `The calendar holds at most ${maxWindows} windows; remove old ones.`,
        );
      }
      const window = windowOf(request.body, owner, now());
      const detail = `window ${window.id} for ${window.sites.join(', ')} ${whenWords(window)}: ${window.reason}`;
      await control.submit({ type: 'noted', reason: 'maintenance-changed', owner, detail });
      const added = await maintenance.add(window);
      return reply
        .code(201)
        .header('location', `/api/v1/maintenance/${added.id}`)
        .send(windowView(added));
    },
  );
  removeRoute(app, context);
}

function removeRoute(app: ApiServer, { control, maintenance }: ApiContext): void {
  app.delete(
    '/maintenance/:id',
    {
      schema: {
        operationId: 'removeMaintenance',
        tags: ['maintenance'],
        summary: 'Remove a window; one that is under way ends.',
        params: maintenanceParams,
        response: { 200: windowListSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const owner = ownerOf(request);
      if (maintenance.windows().every((window) => window.id !== id)) {
        throw new ApiProblem(
          404,
          'not-found',
          `No window has the id ${id}. GET /api/v1/maintenance lists them.`,
        );
      }
      const detail = `window ${id} removed`;
      await control.submit({ type: 'noted', reason: 'maintenance-changed', owner, detail });
      await maintenance.remove(id, owner);
      return { windows: maintenance.windows().map(windowView) };
    },
  );
}
