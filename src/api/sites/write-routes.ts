import { z } from 'zod';
import { errorChain } from '../../lib/errors.ts';
import { own } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem, refusal } from '../http/problem.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import { siteOf, siteProblems } from './input.ts';
import { type SiteInput, siteInputSchema } from './input-schema.ts';
import { type Resolve, resolveByDns } from './resolve.ts';
import { siteParams, siteViewSchema } from './schema.ts';
import { findSite, siteView } from './view.ts';

const removedSchema = z
  .object({ name: z.string(), isRegistered: z.boolean() })
  .meta({ id: 'RemovedSite', description: 'A site that is no longer registered.' });

function refuseFileSite({ control }: ApiContext, name: string): void {
  if (own(control.state().config.sites, name)?.owner === 'file') {
    throw new ApiProblem(
      409,
      'site-owned-by-file',
      `The configuration file owns the site ${name}. Change it there and reload.`,
    );
  }
}

async function pinnedAddresses(input: SiteInput, resolve: Resolve): Promise<readonly string[]> {
  if (input.addresses !== undefined) {
    return input.addresses;
  }
  try {
    const found = (await Promise.all(input.hostnames.map(resolve))).flat();
    if (found.length > 0) {
      return found;
    }
  } catch (error) {
    throw refusal(
      '/body/addresses',
      `The hostnames could not be resolved (${errorChain(error)}); give the addresses.`,
    );
  }
  throw refusal('/body/addresses', 'The hostnames have no address in DNS; give the addresses.');
}

/** Routes that register, change and remove sites of the API. */
export function siteWriteRoutes(app: ApiServer, context: ApiContext): void {
  const { control, registry, now } = context;
  app.put(
    '/sites/:site',
    {
      schema: {
        operationId: 'putSite',
        tags: ['sites'],
        summary: 'Register a site, or change one made here.',
        description: 'Sites from the configuration file are changed there.',
        params: siteParams,
        body: siteInputSchema,
        response: { 200: siteViewSchema, 201: siteViewSchema },
      },
    },
    async (request, reply) => {
      const { site: name } = request.params;
      const owner = ownerOf(request);
      refuseFileSite(context, name);
      const addresses = await pinnedAddresses(request.body, context.resolve ?? resolveByDns);
      const site = siteOf(name, request.body, addresses);
      const problems = siteProblems(control.state(), site, context.reserved?.() ?? new Map());
      if (problems.length > 0) {
        const detail = problems.map(({ message }) => message).join(' ');
        throw new ApiProblem(422, 'refused', detail.slice(0, 2_000), problems);
      }
      const isNew = own(control.state().config.sites, name) === undefined;
      await registry.put(site, owner);
      const state = control.state();
      return reply.code(isNew ? 201 : 200).send(siteView(state, findSite(state, name), now()));
    },
  );
  app.delete(
    '/sites/:site',
    {
      schema: {
        operationId: 'removeSite',
        tags: ['sites'],
        summary: 'Remove a site made here; its routes are restored first.',
        params: siteParams,
        response: { 200: removedSchema },
      },
    },
    async (request) => {
      const { site } = request.params;
      const owner = ownerOf(request);
      findSite(control.state(), site);
      refuseFileSite(context, site);
      await registry.remove(site, owner);
      return { name: site, isRegistered: own(control.state().config.sites, site) !== undefined };
    },
  );
}
