import { second } from '../../lib/time.ts';
import type { BlockedSourceDesk } from '../../ports/host-helper.ts';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem } from '../http/problem.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import {
  type BlockedSourceList,
  blockedSourceListSchema,
  blockedSourceParams,
  blockInputSchema,
} from './schema.ts';

/** The notice host answers within this, or counts as away. */
const answerMs = 5 * second;

async function listOf(desk: BlockedSourceDesk): Promise<BlockedSourceList> {
  const sources = await desk.blockedSources(AbortSignal.timeout(answerMs));
  return { sources: [...sources] };
}

function addBlocking(app: ApiServer, { control, blockedSources }: ApiContext): void {
  app.post(
    '/blocked-sources',
    {
      schema: {
        operationId: 'blockSource',
        tags: ['limits'],
        summary: 'Have the notice host drop the packets of one source for a while.',
        body: blockInputSchema,
        response: { 200: blockedSourceListSchema },
      },
    },
    async (request) => {
      const { source, reason, expiresInSeconds } = request.body;
      await control.submit({
        type: 'noted',
        reason: 'source-blocked',
        owner: ownerOf(request),
        detail: `${source} blocked for ${expiresInSeconds} s: ${reason}`,
      });
      const signal = AbortSignal.timeout(answerMs);
      await blockedSources.blockSource(source, expiresInSeconds, signal);
      return await listOf(blockedSources);
    },
  );
}

function addLifting(app: ApiServer, { control, blockedSources }: ApiContext): void {
  app.delete(
    '/blocked-sources/:address',
    {
      schema: {
        operationId: 'liftBlock',
        tags: ['limits'],
        summary: 'Let a blocked source in again.',
        params: blockedSourceParams,
        response: { 200: blockedSourceListSchema },
      },
    },
    async (request) => {
      const { address } = request.params;
      const { sources } = await listOf(blockedSources);
      if (!sources.some(({ source }) => source === address)) {
        throw new ApiProblem(
          404,
          'not-found',
          `${address} is not blocked. GET /api/v1/blocked-sources lists those that are.`,
        );
      }
      await control.submit({
        type: 'noted',
        reason: 'source-lifted',
        owner: ownerOf(request),
        source: address,
        detail: `${address} is let in again`,
      });
      await blockedSources.liftSource(address, AbortSignal.timeout(answerMs));
      return await listOf(blockedSources);
    },
  );
}

/** Routes of the sources that the notice host blocks. */
export function blockedSourceRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/blocked-sources',
    {
      schema: {
        operationId: 'listBlockedSources',
        tags: ['limits'],
        summary: 'Sources whose packets the notice host drops, and for how long.',
        response: { 200: blockedSourceListSchema },
      },
    },
    () => listOf(context.blockedSources),
  );
  addBlocking(app, context);
  addLifting(app, context);
}
