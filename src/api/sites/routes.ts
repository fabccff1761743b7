import { explainSite } from '../../core/why.ts';
import type { ApiContext } from '../http/options.ts';
import type { ApiServer } from '../http/server.ts';
import { readinessReader, readinessRoutes } from './readiness-routes.ts';
import { readinessView } from './readiness-view.ts';
import { siteListSchema, siteParams, siteViewSchema } from './schema.ts';
import { findSite, siteView, siteViews } from './view.ts';
import { whySchema } from './why-schema.ts';
import { whyView } from './why-view.ts';
import { siteWriteRoutes } from './write-routes.ts';

/** Routes that read and register sites. */
export function siteRoutes(app: ApiServer, context: ApiContext): void {
  const { control, now } = context;
  const readAll = readinessReader(context);
  app.get(
    '/sites',
    {
      schema: {
        operationId: 'listSites',
        tags: ['sites'],
        summary: 'Every registered site and where it stands.',
        response: { 200: siteListSchema },
      },
    },
    () => ({ sites: [...siteViews(control.state(), now())] }),
  );
  app.get(
    '/sites/:site',
    {
      schema: {
        operationId: 'getSite',
        tags: ['sites'],
        summary: 'One site and where it stands.',
        params: siteParams,
        response: { 200: siteViewSchema },
      },
    },
    ({ params: { site } }) => {
      const state = control.state();
      return siteView(state, findSite(state, site), now());
    },
  );
  app.get(
    '/sites/:site/why',
    {
      schema: {
        operationId: 'explainSite',
        tags: ['sites'],
        summary: 'Why a site stands where it stands, and what would change that.',
        params: siteParams,
        response: { 200: whySchema },
      },
    },
    async ({ params: { site } }) => {
      const readiness = (await readAll())?.find((each) => each.site === site);
      const state = control.state();
      const found = findSite(state, site);
      const view = siteView(state, found, now());
      const explanation = explainSite(state, site, now());
      if (explanation === undefined) {
        throw new Error(`The site ${site} is known but cannot be explained`);
      }
      const config = state.config.sites[site];
      return whyView(
        explanation,
        view,
        readiness === undefined || config === undefined ? null : readinessView(readiness, config),
      );
    },
  );
  readinessRoutes(app, context, readAll);
  siteWriteRoutes(app, context);
}
