import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { EpochMs } from '../../lib/time.ts';
import { own, timeOrNull } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem } from '../http/problem.ts';
import { includesRole } from '../http/roles.ts';
import type { ApiServer } from '../http/server.ts';
import { assignedSite } from './assignment.ts';
import {
  type Assignment,
  assignmentSchema,
  reportInputSchema,
  reportTakenSchema,
  type VantageResult,
  vantageListSchema,
  vantageParams,
} from './schema.ts';

/** A vantage speaks for itself alone: its token bears its name, and need not be let do anything else. */
function checkSpeaker({ actor }: Pick<FastifyRequest, 'actor'>, vantage: string): void {
  if (actor?.name !== vantage && (actor === null || !includesRole(actor.role, 'operator'))) {
    throw new ApiProblem(
      403,
      'role-missing',
      `A report of ${vantage} needs a token of the name ${vantage}, or the role operator.`,
    );
  }
}

function checkVantage({ control }: ApiContext, vantage: string): void {
  const { vantages } = control.state().config;
  if (!vantages.includes(vantage)) {
    throw new ApiProblem(
      404,
      'not-found',
      `No vantage is named ${vantage}; the configuration has ${vantages.join(', ')}.`,
    );
  }
  if (vantage === vantages[0]) {
    throw new ApiProblem(
      409,
      'own-vantage',
      `${vantage} is the place of the controller itself, which probes from there; name another under vantages:.`,
    );
  }
}

function isKnown({ control }: ApiContext, { site, probe, address }: VantageResult): boolean {
  const known = own(control.state().config.sites, site);
  return (
    known?.addresses.includes(address) === true && known.probes.some(({ name }) => name === probe)
  );
}

async function takeResult(
  { control, now }: ApiContext,
  vantage: string,
  { site, probe, address, path, ageMs, ...seen }: VantageResult,
): Promise<void> {
  const result = { ...seen, startedAt: now() - ageMs };
  await control.submit({ type: 'probe-finished', site, probe, address, vantage, path, result });
}

function reportRoute(
  app: ApiServer,
  context: ApiContext,
  lastReportAt: Map<string, EpochMs>,
): void {
  app.post(
    '/vantages/:vantage/reports',
    {
      schema: {
        operationId: 'reportResults',
        tags: ['operations'],
        summary: 'Take in what a vantage on another machine has seen.',
        description: 'The token bears the name of the vantage, or has the role operator.',
        params: vantageParams,
        body: reportInputSchema,
        response: { 200: reportTakenSchema },
      },
    },
    async (request) => {
      const { vantage } = request.params;
      checkSpeaker(request, vantage);
      checkVantage(context, vantage);
      lastReportAt.set(vantage, context.now());
      await context.limits.welcome(request.ip);
      const { results } = request.body;
      // Several results of one target keep their order: rise and fall count in a row.
      const order = results.toSorted((one, other) => other.ageMs - one.ageMs);
      const known = order.filter((result) => isKnown(context, result));
      await Promise.all(known.map((result) => takeResult(context, vantage, result)));
      return { taken: known.length, ignored: results.length - known.length };
    },
  );
}

function assignmentOf({ control, markerKey }: ApiContext, vantage: string): Assignment {
  const state = control.state();
  return {
    vantage,
    isLeader: state.isLeader,
    markerKey: markerKey ?? null,
    sites: Object.values(state.config.sites).map((site) => assignedSite(state, site)),
  };
}

/** Routes of vantages on other machines: what they are to probe, and what they have seen. */
export function vantageRoutes(app: ApiServer, context: ApiContext): void {
  const { control } = context;
  const lastReportAt = new Map<string, EpochMs>();
  app.get(
    '/vantages',
    {
      schema: {
        operationId: 'listVantages',
        tags: ['operations'],
        summary: 'The places that probes run from.',
        response: { 200: vantageListSchema },
      },
    },
    () => ({
      vantages: control.state().config.vantages.map((name, index) => ({
        name,
        isOwn: index === 0,
        isSilent: control.state().vantages[name]?.isSilent === true,
        lastReportAt: timeOrNull(lastReportAt.get(name)),
      })),
    }),
  );
  app.get(
    '/vantages/:vantage/assignment',
    {
      schema: {
        operationId: 'getAssignment',
        tags: ['operations'],
        summary: 'What a vantage is to probe.',
        description: 'Answers 304 to If-None-Match while nothing has changed.',
        params: vantageParams,
        response: {
          200: assignmentSchema,
          304: z.null().describe('Nothing has changed since.'),
        },
      },
    },
    async (request, reply) => {
      const { vantage } = request.params;
      checkVantage(context, vantage);
      const assignment = assignmentOf(context, vantage);
      const hash = createHash('sha256').update(JSON.stringify(assignment)).digest('base64url');
      const etag = `"${hash}"`;
      reply.header('etag', etag);
      if (request.headers['if-none-match'] === etag) {
        return await reply.code(304).send(null);
      }
      return assignment;
    },
  );
  reportRoute(app, context, lastReportAt);
}
