import { NodeFeed } from '../../adapters/publishers/node-feed.ts';
import type { Controller } from '../../controller/controller.ts';
import { diversionOf } from '../../core/phase.ts';
import type { Ground } from './ground.ts';

/** The notices that stand are those of the controller that acts. */
function mayGive(controller: Controller): boolean {
  const { isLeader, breakGlass } = controller.state();
  return isLeader || breakGlass !== undefined;
}

function hasStanding(controller: Controller): boolean {
  const { sites } = controller.state();
  return Object.values(sites).some(({ phase }) => diversionOf(phase) !== undefined);
}

/** Opens the way to the notice nodes on other hosts, undefined where the configuration names none. Rejects with DETOUR_LISTEN_FAILED. */
export async function openNodeFeed(
  ground: Ground,
  controller: () => Controller,
  ends: AsyncDisposableStack,
): Promise<NodeFeed | undefined> {
  const { settings, clock, metrics, key, log } = ground;
  const { nodes, handover } = settings.notice;
  if (nodes === undefined) {
    return undefined;
  }
  const feed = ends.use(
    new NodeFeed({
      folder: handover,
      listen: nodes.listen,
      tls: nodes,
      nodes: nodes.list.map(({ name }) => name),
      publicPem: key.publicPem,
      isLeading: (): boolean => mayGive(controller()),
      hasStanding: (): boolean => hasStanding(controller()),
      clock,
      metrics,
      log,
    }),
  );
  const port = await feed.start();
  log.info({ host: nodes.listen.host, port }, 'Notice nodes can follow');
  return feed;
}
