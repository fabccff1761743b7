import { z } from 'zod';
import type { SiteReadiness } from '../../ports/site-readiness.ts';
import type { ApiContext } from '../http/options.ts';
import type { ApiServer } from '../http/server.ts';
import { readinessView } from './readiness-view.ts';

/** Asking the notice process is a matter of milliseconds; past this the rest is shown without it. */
const readinessMs = 1_000;

/** Reads how ready every site is; undefined while no notice process answers. Never rejects. */
export type ReadReadiness = () => Promise<readonly SiteReadiness[] | undefined>;

/** Opens the way to what the notice plane knows of the readiness of sites. */
export function readinessReader({ readiness }: ApiContext): ReadReadiness {
  return async () => {
    try {
      return await readiness?.(AbortSignal.timeout(readinessMs));
    } catch {
      return undefined;
    }
  };
}

/** Which sites are ready to be diverted, in the order of the notice plane. */
export const readinessListSchema = z
  .object({
    sites: z
      .array(z.object({ site: z.string(), isReady: z.boolean() }))
      .nullable()
      .describe('Null while no notice process answers.'),
  })
  .meta({ id: 'ReadinessList' });
export type ReadinessList = z.infer<typeof readinessListSchema>;

/** The route that tells of all sites at once whether visitors would see their notice as they should. */
export function readinessRoutes(
  app: ApiServer,
  { control }: ApiContext,
  readAll: ReadReadiness,
): void {
  app.get(
    '/readiness',
    {
      schema: {
        operationId: 'listReadiness',
        tags: ['sites'],
        summary:
          'Whether visitors of each site would see its notice as they should if it were diverted now; `why` says what to mend.',
        response: { 200: readinessListSchema },
      },
    },
    async () => {
      const all = await readAll();
      const { sites } = control.state().config;
      const views = all?.flatMap((readiness) => {
        const site = sites[readiness.site];
        return site === undefined
          ? []
          : [{ site: site.name, isReady: readinessView(readiness, site).isReady }];
      });
      return { sites: views ?? null };
    },
  );
}
