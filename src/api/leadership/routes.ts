import type { LeaderCard } from '../../controller/control.ts';
import { brokenGlass } from '../../core/break-glass.ts';
import { second } from '../../lib/time.ts';
import { timeOf } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem } from '../http/problem.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import { glassInputSchema, type LeadershipView, leadershipViewSchema } from './schema.ts';

function cardView({ holder, url, since }: LeaderCard): LeadershipView['leader'] {
  return { holder, url, since: timeOf(since) };
}

async function leadershipView({ control, leadership, now }: ApiContext): Promise<LeadershipView> {
  const leader = await leadership.leader();
  const state = control.state();
  const glass = brokenGlass(state, now());
  return {
    isLeader: state.isLeader,
    isShared: leadership.isShared,
    isStoreUp: leadership.isStoreUp(),
    leader: leader === undefined ? null : cardView(leader),
    breakGlass:
      glass === undefined
        ? null
        : { ...glass, setAt: timeOf(glass.setAt), until: timeOf(glass.until) },
  };
}

/** A broken glass is for the one case in which nobody can lead. */
function refuseNeedlessGlass({ control, leadership }: ApiContext): void {
  if (control.state().isLeader) {
    throw new ApiProblem(
      409,
      'glass-not-needed',
      'This controller leads: orders are carried out already.',
    );
  }
  if (leadership.isStoreUp()) {
    throw new ApiProblem(
      409,
      'glass-not-needed',
      'The store answers, so a controller leads or will within 20 s: give the order there. GET /api/v1/leadership names it.',
    );
  }
}

/** Routes about which controller acts, and the way to act when none can. */
export function leadershipRoutes(app: ApiServer, context: ApiContext): void {
  const { control, now } = context;
  app.get(
    '/leadership',
    {
      schema: {
        operationId: 'getLeadership',
        tags: ['operations'],
        summary: 'Which controller acts.',
        response: { 200: leadershipViewSchema },
      },
    },
    () => leadershipView(context),
  );
  app.put(
    '/leadership/break-glass',
    {
      schema: {
        operationId: 'breakGlass',
        tags: ['operations'],
        summary: 'Carry out orders without the lease while the store is away.',
        description:
          'Whoever orders this answers for it that no other controller acts. Automation stands still; only orders about sites are carried out. It ends by itself, and as soon as a controller leads.',
        body: glassInputSchema,
        response: { 200: leadershipViewSchema },
      },
    },
    async (request) => {
      refuseNeedlessGlass(context);
      const { reason, expiresInSeconds } = request.body;
      const until = now() + expiresInSeconds * second;
      await control.submit({ type: 'glass-broken', owner: ownerOf(request), reason, until });
      return await leadershipView(context);
    },
  );
  app.delete(
    '/leadership/break-glass',
    {
      schema: {
        operationId: 'mendGlass',
        tags: ['operations'],
        summary: 'Carry out no more orders without the lease.',
        response: { 200: leadershipViewSchema },
      },
    },
    async (request) => {
      const detail = 'a person ended it';
      await control.submit({ type: 'glass-mended', owner: ownerOf(request), detail });
      return await leadershipView(context);
    },
  );
}
