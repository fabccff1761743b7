import type { NoticeLimits } from '../../ports/notice-limits.ts';
import type { ApiContext } from '../http/options.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import { limitsInputSchema, limitsViewSchema } from './schema.ts';

function merged(
  limits: NoticeLimits,
  change: { readonly [Name in keyof NoticeLimits]?: number | undefined },
): NoticeLimits {
  return {
    sessions: change.sessions ?? limits.sessions,
    newPerSecond: change.newPerSecond ?? limits.newPerSecond,
    siteSessions: change.siteSessions ?? limits.siteSessions,
    siteNewPerSecond: change.siteNewPerSecond ?? limits.siteNewPerSecond,
    sourceSessions: change.sourceSessions ?? limits.sourceSessions,
    sourceNewPerSecond: change.sourceNewPerSecond ?? limits.sourceNewPerSecond,
  };
}

/** Routes of the session limits. */
export function limitRoutes(app: ApiServer, { control, limits }: ApiContext): void {
  app.get(
    '/limits',
    {
      schema: {
        operationId: 'getLimits',
        tags: ['limits'],
        summary: 'Session limits in force.',
        response: { 200: limitsViewSchema },
      },
    },
    () => limits.limits(),
  );
  app.put(
    '/limits',
    {
      schema: {
        operationId: 'setLimits',
        tags: ['limits'],
        summary: 'Change session limits at run time.',
        body: limitsInputSchema,
        response: { 200: limitsViewSchema },
      },
    },
    async (request) => {
      const owner = ownerOf(request);
      const next = merged(limits.limits(), request.body);
      const words = Object.entries(request.body).map(([name, value]) => `${name} ${value}`);
      await control.submit({
        type: 'noted',
        reason: 'limits-changed',
        owner,
        detail: `session limits: ${words.join(', ')}`,
      });
      await limits.setLimits(next, owner);
      return limits.limits();
    },
  );
}
