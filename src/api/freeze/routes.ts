import type { State } from '../../core/state.ts';
import { timeOrNull } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import { type FreezeView, freezeInputSchema, freezeViewSchema } from './schema.ts';

/** Whether all automation is stopped, as the API shows it. */
export function freezeView({ freeze }: State): FreezeView {
  return {
    isFrozen: freeze !== undefined,
    reason: freeze?.reason ?? null,
    owner: freeze?.owner ?? null,
    setAt: timeOrNull(freeze?.setAt),
  };
}

/** Routes that stop and start all automation. */
export function freezeRoutes(app: ApiServer, { control }: ApiContext): void {
  app.get(
    '/freeze',
    {
      schema: {
        operationId: 'getFreeze',
        tags: ['orders'],
        summary: 'Whether automation is stopped.',
        response: { 200: freezeViewSchema },
      },
    },
    () => freezeView(control.state()),
  );
  app.put(
    '/freeze',
    {
      schema: {
        operationId: 'freeze',
        tags: ['orders'],
        summary: 'Stop all automation.',
        description:
          'Nothing is diverted or restored by itself until it is thawed; orders still work.',
        body: freezeInputSchema,
        response: { 200: freezeViewSchema },
      },
    },
    async (request) =>
      freezeView(
        await control.submit({
          type: 'freeze-set',
          owner: ownerOf(request),
          reason: request.body.reason,
        }),
      ),
  );
  app.delete(
    '/freeze',
    {
      schema: {
        operationId: 'thaw',
        tags: ['orders'],
        summary: 'Let automation act again.',
        response: { 200: freezeViewSchema },
      },
    },
    async (request) =>
      freezeView(await control.submit({ type: 'freeze-cleared', owner: ownerOf(request) })),
  );
}
