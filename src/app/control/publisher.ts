import { openNoticeLiveness } from '../../adapters/publishers/notice-liveness.ts';
import { openPassageCheck } from '../../adapters/publishers/passage-check.ts';
import { openSnapshotPublisher } from '../../adapters/publishers/snapshot/publisher.ts';
import type { SigningKey } from '../../adapters/publishers/snapshot/signing-key.ts';
import type { ListenAddress, Settings } from '../../config/settings.ts';
import { familyOf } from '../../lib/ip.ts';
import type { Log } from '../../lib/log.ts';
import type { NoticeControl } from '../../ports/notice-control.ts';
import type { NoticePublisher } from '../../ports/notice-publisher.ts';
import { noticeDoors } from '../../ports/web-doors.ts';
import type { InForce } from './in-force.ts';

/** The notice process is told of a new snapshot within this time, or finds it by itself. */
const pokeMs = 1_000;

interface Listeners {
  readonly http: readonly ListenAddress[];
  readonly https: readonly ListenAddress[];
}

/**
 * Where the notice plane must answer before a route may move: on a listener's own address or,
 * where it listens on every address, at the next hops to which the routers will send the visitors.
 */
export function noticeListeners(settings: Settings): Listeners {
  const { http, https, nodes } = settings.notice;
  const onNodes = nodes?.list ?? [];
  return {
    http: [...localListeners(http, settings), ...onNodes.flatMap((node) => node.http)],
    https: [...localListeners(https, settings), ...onNodes.flatMap((node) => node.https)],
  };
}

function localListeners(
  listeners: readonly ListenAddress[],
  { routers }: Settings,
): readonly ListenAddress[] {
  const hops = [...new Set(routers.flatMap(({ nextHop }) => Object.values(nextHop)))];
  const found = listeners.flatMap(({ host, port }) => {
    if (host !== '0.0.0.0' && host !== '::') {
      return [{ host, port }];
    }
    const fitting = hops.filter((hop) => host === '::' || familyOf(hop) === 'ipv4');
    return fitting.map((hop) => ({ host: hop, port }));
  });
  return found.length > 0 ? found : listeners.map(({ port }) => ({ host: '127.0.0.1', port }));
}

/** Ports at which every hostname is answered over TLS: none where those without a certificate are refused, as that cannot be told from here. */
export function securePorts({ notice }: Settings): ReadonlySet<number> {
  const onNodes = (notice.nodes?.list ?? []).flatMap(({ https }) => https);
  const isAnyName = notice.unknownNames === 'neutral';
  return new Set(isAnyName ? [...notice.https, ...onNodes].map(({ port }) => port) : []);
}

/** Opens the way by which notices are handed to the notice plane. */
export async function openPublisher(
  inForce: InForce,
  parts: { readonly key: SigningKey; readonly notices: NoticeControl; readonly log: Log },
): Promise<NoticePublisher> {
  const { notice, limits } = inForce.settings;
  const { key, notices, log } = parts;
  const listeners = (): Listeners => noticeListeners(inForce.settings);
  const required = (): 'all' | 'any' => inForce.settings.notice.nodes?.required ?? 'all';
  const looking = { publicKey: key.publicKey, required };
  return await openSnapshotPublisher({
    folder: notice.handover,
    key,
    limits,
    defaultLanguage: notice.defaultLanguage,
    now: Date.now,
    log,
    doors: (site) => noticeDoors(site, securePorts(inForce.settings)),
    isLive: openNoticeLiveness({ ...looking, listeners: () => listeners().http }),
    isLiveOverTls: openNoticeLiveness({
      ...looking,
      isTls: true,
      listeners: () => listeners().https,
    }),
    passageProblem: openPassageCheck({ listeners, required }),
    poke: async () => {
      await notices.refresh(AbortSignal.timeout(pokeMs));
    },
    ...(notice.templates === undefined ? {} : { templates: notice.templates }),
  });
}
