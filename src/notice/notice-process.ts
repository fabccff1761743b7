import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log, LogLevel } from '../lib/log.ts';
import type { NoticeStatus } from '../ports/notice-control.ts';
import type { NodeReport } from '../ports/notice-nodes.ts';
import { ControlEndpoint, type ControlSubject } from './control-endpoint.ts';
import type { SnapshotSource } from './feed-client.ts';
import { openHostClient } from './host-client.ts';
import { HostWatch } from './host-watch.ts';
import { mergeMetrics } from './merge-metrics.ts';
import type { ListenAddress } from './notice-server.ts';
import { NoticeService } from './notice-service.ts';
import { mergeStatus, nodeReportOf, noticeStatusSchema } from './notice-status.ts';
import type { SessionTimeouts } from './session-desk.ts';
import { SnapshotFetcher } from './snapshot-fetcher.ts';
import type { UnknownNames } from './tls/identities.ts';
import { makeNeutralCertificate } from './tls/neutral-certificate.ts';
import { rotatedTicketKeys, rotateTicketsMs, type TicketKeys } from './tls/ticket-keys.ts';
import type { WorkerSetup } from './worker-messages.ts';
import { WorkerPool } from './worker-pool.ts';

/** A node that has just started asks for newer notices after this long, though it has not read all of its pages: how they stand it says with its next question. */
const readWithinMs = 250;

/** Name of the control socket inside the hand-over folder. UNIX allows 107 bytes for the whole path. */
export const controlSocketName = 'notice.sock';

export interface NoticeOptions {
  /** Where to answer visitors; port 0 takes a free one. */
  readonly http: readonly ListenAddress[];
  /** Where to answer over TLS. */
  readonly https?: readonly ListenAddress[];
  /** Folder of the certificates; without one every name gets the neutral certificate. */
  readonly certificates?: string;
  /** What a name without a certificate gets; the neutral certificate unless said. */
  readonly unknownNames?: UnknownNames;
  readonly handshakeMs?: number;
  /** Processes that share the ports, this one included. */
  readonly workers: number;
  /** Folder in which the snapshot is handed over. */
  readonly handover: string;
  /** The controller on another host that this node follows; else the hand-over folder is filled on this one. */
  readonly source?: SnapshotSource;
  /** Path of the control socket; `notice.sock` in the hand-over folder unless said. */
  readonly controlSocket?: string;
  readonly version: string;
  readonly log: Log;
  /** For the logs of further workers. */
  readonly logLevel?: LogLevel;
  /** Folder with one file for each ACME token. */
  readonly acmeFolder?: string;
  readonly timeouts?: SessionTimeouts;
  /** Prefixes of proxies whose word about their clients is taken: X-Forwarded-For and the PROXY protocol. */
  readonly trustedProxies?: readonly string[];
  /** Socket of this host's helper, which takes diverted addresses and blocks sources; without it nobody does. */
  readonly hostSocket?: string;
}

/** A notice plane that serves. */
export interface RunningNotice extends ControlSubject, AsyncDisposable {
  /** With the real ports, in the order of the options. */
  readonly addresses: readonly ListenAddress[];
  readonly httpsAddresses: readonly ListenAddress[];
  readonly controlSocket: string;
  /** Takes new ticket keys into use in every worker, as happens by itself every few hours. */
  rotateTickets(): Promise<void>;
  /** Accepts no more and ends within five seconds. */
  stop(): Promise<void>;
}

/** What every process of the plane is told, this one and its workers. */
function commonSetup(
  options: NoticeOptions,
): Omit<WorkerSetup, 'name' | 'logLevel' | 'http' | 'https' | 'ticketKeys'> {
  const { workers, handover, version, acmeFolder, trustedProxies, certificates, hostSocket } =
    options;
  return {
    handover,
    version,
    workers,
    unknownNames: options.unknownNames ?? 'neutral',
    neutral: makeNeutralCertificate(Date.now()),
    ...(acmeFolder === undefined ? {} : { acmeFolder }),
    ...(trustedProxies === undefined ? {} : { trustedProxies: [...trustedProxies] }),
    ...(hostSocket === undefined ? {} : { hostSocket }),
    ...(certificates === undefined ? {} : { certificates }),
  };
}

/** Takes ticket keys into use and changes them while the plane runs. */
class TicketRotation implements Disposable {
  readonly #service: NoticeService;
  readonly #pool: WorkerPool;
  readonly #timer: NodeJS.Timeout;
  #keys: TicketKeys;

  constructor(
    service: NoticeService,
    pool: WorkerPool,
    { keys, log }: { readonly keys: TicketKeys; readonly log: Log },
  ) {
    this.#service = service;
    this.#pool = pool;
    this.#keys = keys;
    this.#timer = setInterval(() => {
      this.rotate().catch((err: unknown) => log.warn({ err }, 'Ticket keys not taken by a worker'));
    }, rotateTicketsMs);
  }

  async rotate(): Promise<void> {
    this.#keys = rotatedTicketKeys(this.#keys);
    this.#service.useTicketKeys(this.#keys);
    await this.#pool.useTicketKeys(this.#keys);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/**
 * Starts the notice plane in this process, and in further workers if asked for. It needs neither controller,
 * store, DNS nor a snapshot to begin. Rejects with DETOUR_LISTEN_FAILED, and has then started nothing.
 */
export async function startNotice(options: NoticeOptions): Promise<RunningNotice> {
  const { http, workers, handover, log } = options;
  const controlSocket = options.controlSocket ?? join(handover, controlSocketName);
  await using stack = new AsyncDisposableStack();
  const helper = options.hostSocket === undefined ? undefined : openHostClient(options.hostSocket);
  const host = new HostWatch(helper);
  const setup = commonSetup(options);
  const ticketKeys = rotatedTicketKeys();
  const service = stack.use(
    new NoticeService({
      ...options,
      ...setup,
      ticketKeys,
      name: 'notice',
      ...(helper === undefined ? {} : { host: helper }),
    }),
  );
  const pool = stack.use(
    new WorkerPool({
      count: workers - 1,
      log,
      setup: { ...setup, logLevel: options.logLevel ?? 'info' },
      ticketKeys,
    }),
  );
  const tickets = stack.use(new TicketRotation(service, pool, { keys: ticketKeys, log }));
  const ask = async (act: 'status' | 'refresh'): Promise<NoticeStatus> => {
    const others = await pool.ask(act);
    // Visitors come as soon as a notice is known to be live: the host must take their packets by then.
    const own = {
      ...service.status(),
      host: await host[act === 'refresh' ? 'follow' : 'status'](),
    };
    return mergeStatus(
      own,
      others.map((other) => noticeStatusSchema.parse(other)),
    );
  };
  const subject: ControlSubject = {
    helper,
    status: () => ask('status'),
    readiness: async () => {
      await service.whenRead();
      return service.readiness(await host.status());
    },
    metrics: async () => {
      await service.whenRead();
      const seen = await host.status();
      service.measureReadiness(seen);
      return mergeMetrics([await service.metrics(seen), ...(await pool.ask('metrics'))]);
    },
    refresh: async () => {
      await service.refresh();
      return await ask('refresh');
    },
  };
  await stack.use(new ControlEndpoint(controlSocket, subject, log)).start();
  const listening = await service.start({ http, https: options.https ?? [] });
  await pool.start(listening);
  if (options.source !== undefined) {
    const { source } = options;
    const report = async (isNew: boolean): Promise<NodeReport> => {
      const status = await (isNew ? subject.refresh() : subject.status());
      const isRead = await Promise.race([
        service.whenRead().then(() => true),
        pause(readWithinMs, false, { ref: false }),
      ]);
      return nodeReportOf(status, isRead ? await subject.readiness() : undefined);
    };
    stack.use(new SnapshotFetcher({ source, folder: handover, report, log })).start();
  }
  log.info({ ...listening, controlSocket, workers, handover }, 'Notice plane serves');
  const owned = stack.move();
  const stop = (): Promise<void> => owned.disposeAsync();
  return {
    ...subject,
    addresses: listening.http,
    httpsAddresses: listening.https,
    rotateTickets: () => tickets.rotate(),
    controlSocket,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
