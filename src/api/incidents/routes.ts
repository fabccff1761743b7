import type { Incident } from '../../core/incident.ts';
import { toldText } from '../../core/record-told.ts';
import { own, timeOf, timeOrNull } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem } from '../http/problem.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import {
  emptyBody,
  type IncidentView,
  incidentListSchema,
  incidentParams,
  incidentQuery,
  incidentStorySchema,
  incidentViewSchema,
  maxIncidents,
} from './schema.ts';

function incidentView(incident: Incident): IncidentView {
  const { id, sites, cause, severity, timeline } = incident;
  return {
    id,
    sites: [...sites],
    cause,
    severity,
    openedAt: timeOf(incident.openedAt),
    closedAt: timeOrNull(incident.closedAt),
    acknowledgedBy: incident.acknowledgedBy ?? null,
    isWave: incident.isWave === true,
    timeline: timeline.map(({ at, reason, text }) => ({
      at: timeOf(at),
      reason,
      text,
      told: toldText(reason, text),
    })),
  };
}

/** Incidents of the store and of the state; where both know one, the state has the newer story. */
async function everyIncident({ control, history }: ApiContext): Promise<readonly Incident[]> {
  const old = (await history?.incidents(maxIncidents)) ?? [];
  const byId = new Map(old.map((incident) => [incident.id, incident]));
  for (const incident of Object.values(control.state().incidents)) {
    byId.set(incident.id, incident);
  }
  return [...byId.values()].sort((a, b) => b.openedAt - a.openedAt);
}

function unknownIncident(id: string): ApiProblem {
  return new ApiProblem(
    404,
    'not-found',
    `No incident has the id ${id}. GET /api/v1/incidents lists them.`,
  );
}

/** Routes of incidents. */
export function incidentRoutes(app: ApiServer, context: ApiContext): void {
  const { control } = context;
  app.get(
    '/incidents',
    {
      schema: {
        operationId: 'listIncidents',
        tags: ['incidents'],
        summary: 'Incidents, newest first.',
        querystring: incidentQuery,
        response: { 200: incidentListSchema },
      },
    },
    async ({ query: { site, open, limit } }) => {
      const incidents = (await everyIncident(context))
        .filter(({ sites }) => site === undefined || sites.includes(site))
        .filter(
          ({ closedAt }) => open === undefined || (closedAt === undefined) === (open === 'true'),
        )
        .slice(0, limit);
      return { incidents: incidents.map(incidentView) };
    },
  );
  app.get(
    '/incidents/:id',
    {
      schema: {
        operationId: 'getIncident',
        tags: ['incidents'],
        summary: 'One incident with its timeline and what routers were told.',
        params: incidentParams,
        response: { 200: incidentStorySchema },
      },
    },
    async ({ params: { id } }) => {
      const incident = (await everyIncident(context)).find((one) => one.id === id);
      if (incident === undefined) {
        throw unknownIncident(id);
      }
      const transcripts = (await context.history?.transcripts(id)) ?? [];
      return {
        ...incidentView(incident),
        transcripts: transcripts.map((one) => ({ ...one, at: timeOf(one.at) })),
      };
    },
  );
  app.post(
    '/incidents/:id/acknowledge',
    {
      schema: {
        operationId: 'acknowledgeIncident',
        tags: ['incidents'],
        summary: 'Say that a person knows of it.',
        description: 'Ends the hold-down of its sites.',
        params: incidentParams,
        body: emptyBody,
        response: { 200: incidentViewSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      if (own(control.state().incidents, id) === undefined) {
        throw unknownIncident(id);
      }
      const state = await control.submit({
        type: 'incident-acknowledged',
        incident: id,
        owner: ownerOf(request),
      });
      const incident = own(state.incidents, id);
      if (incident === undefined) {
        throw unknownIncident(id);
      }
      return incidentView(incident);
    },
  );
}
