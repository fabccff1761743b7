import { formatDuration } from '../../lib/duration.ts';
import { second } from '../../lib/time.ts';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem, refusal } from '../http/problem.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import { siteParams, siteViewSchema } from '../sites/schema.ts';
import { findSite, siteView } from '../sites/view.ts';
import { approveInputSchema, overrideInputSchema } from './schema.ts';

function expiryOf(context: ApiContext, expiresInSeconds: number | undefined): number {
  const { defaultMs, maxMs } = context.control.state().config.guards.override;
  const lengthMs = expiresInSeconds === undefined ? defaultMs : expiresInSeconds * second;
  if (lengthMs > maxMs) {
    throw refusal(
      '/body/expiresInSeconds',
      `An order lasts at most ${formatDuration(maxMs)} (${maxMs / second} s); give it again when it ends.`,
    );
  }
  return context.now() + lengthMs;
}

/** Routes of a person's orders about one site. */
export function overrideRoutes(app: ApiServer, context: ApiContext): void {
  const { control, now } = context;
  app.put(
    '/sites/:site/override',
    {
      schema: {
        operationId: 'setOverride',
        tags: ['orders'],
        summary: 'Order a site to be diverted, restored or held.',
        description: 'Beats every rule from the moment it is acknowledged, and always ends.',
        params: siteParams,
        body: overrideInputSchema,
        response: { 200: siteViewSchema },
      },
    },
    async (request) => {
      const { site } = request.params;
      findSite(control.state(), site);
      const { action, reason, expiresInSeconds } = request.body;
      const state = await control.submit({
        type: 'override-set',
        site,
        action,
        reason,
        owner: ownerOf(request),
        expiresAt: expiryOf(context, expiresInSeconds),
      });
      return siteView(state, findSite(state, site), now());
    },
  );
  app.delete(
    '/sites/:site/override',
    {
      schema: {
        operationId: 'clearOverride',
        tags: ['orders'],
        summary: 'Give a site back to automation.',
        description: 'Ends the order about it and answers the question automation asks, if any.',
        params: siteParams,
        response: { 200: siteViewSchema },
      },
    },
    async (request) => {
      const { site } = request.params;
      findSite(control.state(), site);
      const state = await control.submit({
        type: 'override-cleared',
        site,
        owner: ownerOf(request),
      });
      return siteView(state, findSite(state, site), now());
    },
  );
  approveRoute(app, context);
}

function approveRoute(app: ApiServer, { control, now }: ApiContext): void {
  app.post(
    '/sites/:site/approve',
    {
      schema: {
        operationId: 'approveDiversion',
        tags: ['orders'],
        summary: 'Approve the diversion that a site in mode confirm waits for.',
        params: siteParams,
        body: approveInputSchema,
        response: { 200: siteViewSchema },
      },
    },
    async (request) => {
      const { site } = request.params;
      const { heldBack } = findSite(control.state(), site).site;
      if (heldBack?.reason !== 'awaiting-approval') {
        throw new ApiProblem(
          409,
          'nothing-to-approve',
          `${site} does not wait for approval. GET /api/v1/sites/${site}/why says where it stands; an override diverts it in any state.`,
        );
      }
      const state = await control.submit({
        type: 'diversion-approved',
        site,
        owner: ownerOf(request),
        reason: request.body.reason,
      });
      return siteView(state, findSite(state, site), now());
    },
  );
}
