import { NodeFeed } from '../../adapters/publishers/node-feed.ts';
import type { Ground } from './ground.ts';

/** Opens the way to the notice nodes on other hosts, undefined where the configuration names none. Rejects with DETOUR_LISTEN_FAILED. */
export async function openNodeFeed(
  ground: Ground,
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
      clock,
      metrics,
      log,
    }),
  );
  const port = await feed.start();
  log.info({ host: nodes.listen.host, port }, 'Notice nodes can follow');
  return feed;
}
