import type { FastifyRequest } from 'fastify';
import { brokenGlass } from '../../core/break-glass.ts';
import type { ApiContext } from './options.ts';
import { ApiProblem } from './problem.ts';
import type { ApiServer } from './server.ts';

/** Writes that every controller takes: what it observes, what concerns itself, and the way out when none can lead. */
const takenByAll: ReadonlySet<string> = new Set([
  'POST /-/reload',
  'POST /api/v1/signals/alertmanager',
  'POST /api/v1/vantages/:vantage/reports',
  'PUT /api/v1/leadership/break-glass',
  'DELETE /api/v1/leadership/break-glass',
]);

/** Writes that a broken glass is for: orders about single sites, and stopping automation. */
const takenWithoutLease: ReadonlySet<string> = new Set([
  'PUT /api/v1/sites/:site/override',
  'DELETE /api/v1/sites/:site/override',
  'PUT /api/v1/freeze',
]);

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

function isForLeader(request: FastifyRequest, hasBrokenGlass: boolean): boolean {
  const route = `${request.method} ${request.routeOptions.url ?? ''}`;
  return (
    !reads.has(request.method) &&
    !takenByAll.has(route) &&
    !(hasBrokenGlass && takenWithoutLease.has(route))
  );
}

async function whereTo({ leadership }: ApiContext): Promise<string> {
  if (!leadership.isStoreUp()) {
    return 'The store cannot be reached, so no controller can lead. To divert by hand nevertheless, see to it that no other controller runs, then: detour break-glass --reason …';
  }
  const leader = await leadership.leader();
  return leader === undefined
    ? 'Ask again in some seconds: a controller takes the lead within 20 s.'
    : `Give it to the one that leads: ${leader.url} (${leader.holder}).`;
}

/**
 * Refuses writes on a controller that does not lead. It would forget them when it takes the lead over,
 * so to acknowledge them would be a lie.
 */
export function guardStandby(app: ApiServer, context: ApiContext): void {
  app.addHook('onRequest', async (request) => {
    const state = context.control.state();
    if (state.isLeader || request.is404) {
      return;
    }
    if (isForLeader(request, brokenGlass(state, context.now()) !== undefined)) {
      throw new ApiProblem(
        409,
        'not-leader',
        `This controller stands by and takes no orders. ${await whereTo(context)}`,
      );
    }
  });
}
