import { z } from 'zod';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem } from '../http/problem.ts';
import type { ApiServer } from '../http/server.ts';
import { unreadyReasons } from './readiness.ts';

const plainText = (text: unknown): string => String(text);

interface TextResponse {
  readonly description: string;
  readonly content: { readonly 'text/plain': { readonly schema: z.ZodString } };
}

const textSchema = (description: string): TextResponse => ({
  description,
  content: { 'text/plain': { schema: z.string() } },
});

const reloadSchema = z
  .object({
    isApplied: z.literal(true),
    applied: z.array(z.string()).meta({
      description: 'What was put in place: `sites: added home03; changed home01`.',
    }),
    needsRestart: z.array(z.string()).meta({
      description: 'What holds only after a restart, and of what: `notice.http: restart …`.',
    }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Reload', description: 'The configuration on disk is in force.' });

function healthRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/-/healthy',
    {
      schema: {
        operationId: 'healthy',
        tags: ['operations'],
        summary: 'Answers as long as the process lives.',
        response: { 200: textSchema('It lives.') },
      },
    },
    (_request, reply) => {
      reply.type('text/plain; charset=utf-8').serializer(plainText);
      return 'Detour is healthy.\n';
    },
  );
  app.get(
    '/-/ready',
    {
      schema: {
        operationId: 'ready',
        tags: ['operations'],
        summary: 'Whether Detour could divert by itself now.',
        description: 'Not ready until every router was read and the first probe rounds are in.',
        response: {
          200: textSchema('Ready.'),
          503: textSchema('Not ready; each line names a reason.'),
        },
      },
    },
    (_request, reply) => {
      const reasons = unreadyReasons(context.control.state(), context.health());
      reply.type('text/plain; charset=utf-8').serializer(plainText);
      reply.code(reasons.length === 0 ? 200 : 503);
      return reasons.length === 0
        ? 'Detour is ready.\n'
        : `Detour is not ready.\n${reasons.join('\n')}\n`;
    },
  );
}

/** Health, metrics and reload, where Prometheus and its kin look for them. */
export function operationRoutes(app: ApiServer, context: ApiContext): void {
  healthRoutes(app, context);
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'metrics',
        tags: ['operations'],
        summary: 'Every metric in the Prometheus text format.',
        response: { 200: textSchema('Prometheus text format 0.0.4.') },
      },
    },
    (_request, reply) => {
      reply.type('text/plain; version=0.0.4; charset=utf-8').serializer(plainText);
      return context.metricsText();
    },
  );
  app.post(
    '/-/reload',
    {
      schema: {
        operationId: 'reload',
        tags: ['operations'],
        summary: 'Read the configuration again.',
        description: 'A configuration with errors is refused whole, and the one in use stays.',
        response: { 200: reloadSchema },
      },
    },
    async () => {
      const { isApplied, problems, warnings, applied, needsRestart } = await context.reload();
      if (!isApplied) {
        throw new ApiProblem(
          422,
          'reload-refused',
          'The configuration on disk has errors; the one in use stays.',
          problems.slice(0, 100).map((message) => ({ path: '/configuration', message })),
        );
      }
      return {
        isApplied: true as const,
        applied: [...applied],
        needsRestart: [...needsRestart],
        warnings: [...warnings],
      };
    },
  );
}
