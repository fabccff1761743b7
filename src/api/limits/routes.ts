import type { NoticeLimits } from '../../ports/notice-limits.ts';
import type { ApiContext } from '../http/options.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import { type LimitsInput, limitsInputSchema, limitsViewSchema } from './schema.ts';

/** The values laid over those they replace; what is left out stays. */
function laidOver<T extends object>(
  values: T,
  change: { readonly [Name in keyof T]?: T[Name] | undefined },
): T {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...values, ...Object.fromEntries(given) };
}

function merged(limits: NoticeLimits, { ladder, blocking, ...counts }: LimitsInput): NoticeLimits {
  return {
    ...laidOver(limits, counts),
    ladder: laidOver(limits.ladder, ladder ?? {}),
    blocking: laidOver(limits.blocking, blocking ?? {}),
  };
}

/** What was changed, as the audit tells it. */
function wordsOf(change: object, group = ''): readonly string[] {
  return Object.entries(change).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? wordsOf(value, `${name}.`)
      : [`${group}${name} ${Array.isArray(value) ? `[${value.join(' ')}]` : value}`],
  );
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
    () => viewOf(limits.limits()),
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
      await control.submit({
        type: 'noted',
        reason: 'limits-changed',
        owner,
        detail: `session limits: ${wordsOf(request.body).join(', ')}`,
      });
      await limits.setLimits(next, owner);
      return viewOf(limits.limits());
    },
  );
}

function viewOf({ largeSources, ...limits }: NoticeLimits): NoticeLimits & {
  largeSources: string[];
} {
  return { ...limits, largeSources: [...largeSources] };
}
