import { once } from 'node:events';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { z } from 'zod';
import { DetourError, errorChain } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { second } from '../../lib/time.ts';
import type { ControlMetrics } from '../../metrics/control-metrics.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  longPollMs,
  maxNamedSites,
  type NodeReport,
  type NoticeNodeView,
  nodeKeyHeader,
  nodePartsPath,
  nodeReportHeader,
  nodeSnapshotPath,
} from '../../ports/notice-nodes.ts';
import { snapshotFile } from '../../ports/snapshot.ts';
import { SnapshotOffer } from './snapshot-offer.ts';

/** File-system events can be lost; this is the latest that a new snapshot is noticed without one. */
const lookEveryMs = 250;

/** A node between two questions is up still for this long. */
const graceMs = 3 * second;

/** Room for the digests of 20,000 sites. */
const maxPartsQuestionBytes = 1024 * 1024;

const reportSchema = z.object({
  version: z.string().max(100),
  generation: z.int().nonnegative().nullable(),
  problem: z.string().max(2_000).nullable(),
  sessions: z.int().nonnegative(),
  ladder: z.enum(['full', 'small', 'close']),
  // A node that was not yet upgraded does not say.
  writtenAt: z.int().nonnegative().nullable().optional(),
  readiness: z
    .object({
      sites: z.int().nonnegative(),
      notReady: z.int().nonnegative(),
      named: z.array(z.string().max(253)).max(maxNamedSites),
      certificateEndsAt: z.int().nullable(),
    })
    .optional(),
});

export interface NodeFeedOptions {
  /** The hand-over folder. */
  readonly folder: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Files with our certificate and key, and with the certificate of the authority that signed the nodes' own. */
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
  /** The nodes that may ask, by the common name of their certificates. */
  readonly nodes: readonly string[];
  /** PEM of the key that checks the snapshot. */
  readonly publicPem: string;
  /** False while another controller leads: nodes then ask that one, whose notices are the ones that stand. */
  readonly isLeading: () => boolean;
  /** True when notices stand now, so that a snapshot without them must not be given. */
  readonly hasStanding: () => boolean;
  readonly clock: Clock;
  readonly metrics: ControlMetrics;
  readonly log: Log;
}

interface Known {
  readonly lastSeenAt: number;
  readonly lastSeenMs: number;
  readonly report?: NodeReport | undefined;
  /** Questions that wait for an answer now. */
  readonly waiting: number;
  /** Of the snapshot that it says it has. */
  readonly version: string | undefined;
}

function reportOf(request: IncomingMessage): NodeReport | undefined {
  const text = request.headers[nodeReportHeader];
  try {
    return reportSchema.parse(JSON.parse(typeof text === 'string' ? text : ''));
  } catch {
    return undefined;
  }
}

/** The digests that a node asks for; undefined when it asks for nothing that could be. */
async function digestsOf(request: IncomingMessage): Promise<readonly string[] | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxPartsQuestionBytes) {
      return;
    }
    chunks.push(chunk);
  }
  try {
    return z.array(z.string()).parse(JSON.parse(Buffer.concat(chunks).toString()));
  } catch {
    return;
  }
}

/**
 * Gives the signed snapshot to notice nodes on other hosts: HTTPS with TLS 1.3, both sides by certificate.
 * A node asks and is answered as soon as there is something newer than it has, so a notice reaches every node at once;
 * with every question it says how it stands. A node learns notices, hostnames and limits here, and no secret.
 */
export class NodeFeed implements AsyncDisposable {
  readonly #options: NodeFeedOptions;
  readonly #offer: SnapshotOffer;
  readonly #known = new Map<string, Known>();
  readonly #ends = new AsyncDisposableStack();
  /** Wakes every question that waits. */
  #changed = Promise.withResolvers<void>();
  #version: string | undefined;
  #isLeading: boolean;
  #isClosing = false;
  /** The snapshot from before this controller led: the standing notices that it took over are not in it. */
  #incomplete: string | undefined;

  constructor(options: NodeFeedOptions) {
    this.#options = options;
    this.#offer = new SnapshotOffer(join(options.folder, snapshotFile));
    this.#isLeading = options.isLeading();
    this.#count();
  }

  /** Listens and resolves with the port. Rejects with DETOUR_LISTEN_FAILED. */
  async start(): Promise<number> {
    const { listen, tls, nodes, folder } = this.#options;
    try {
      const [cert, key, ca] = await Promise.all([
        readFile(tls.certFile),
        readFile(tls.keyFile),
        readFile(tls.caFile),
      ]);
      const server: Server = createServer(
        {
          ...{ cert, key, ca, requestCert: true, rejectUnauthorized: true },
          ...{ minVersion: 'TLSv1.3', maxHeaderSize: 16_384, headersTimeout: 5 * second },
        },
        (request, response) => void this.#onRequest(request, response),
      );
      const sockets = new Set<Socket>();
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      });
      server.on('tlsClientError', (error) =>
        this.#options.log.warn({ err: errorChain(error) }, 'A notice node was turned away'),
      );
      // Every node has one connection; the rest is room for nodes that come back before we know they went.
      server.maxConnections = 16 + 4 * nodes.length;
      server.listen(listen.port, listen.host);
      await once(server, 'listening');
      this.#ends.defer(async () => {
        const closed = new Promise((resolve) => server.close(resolve));
        // The server knows only those that have asked; one that shakes hands for minutes would hold up the end.
        for (const socket of sockets) {
          socket.destroy();
        }
        await closed;
      });
      this.#follow(folder);
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : listen.port;
    } catch (cause) {
      throw new DetourError(`Could not listen for notice nodes on ${listen.host}:${listen.port}`, {
        code: 'DETOUR_LISTEN_FAILED',
        cause,
      });
    }
  }

  /** Every node of the configuration, as it stands. */
  nodes(): readonly NoticeNodeView[] {
    const now = this.#options.clock.monotonicMs();
    return this.#options.nodes.map((name) => {
      const known = this.#known.get(name);
      return {
        name,
        isUp: known !== undefined && (known.waiting > 0 || now - known.lastSeenMs < graceMs),
        isCurrent: known?.version !== undefined && known.version === this.#version,
        ...(known === undefined ? {} : { lastSeenAt: known.lastSeenAt }),
        ...(known?.report === undefined ? {} : { report: known.report }),
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    this.#changed.resolve();
    await this.#ends.disposeAsync();
  }

  #follow(folder: string): void {
    const look = async (): Promise<void> => {
      const version = await this.#offer.version();
      const isLeading = this.#options.isLeading();
      if (version !== this.#version || isLeading !== this.#isLeading) {
        this.#noteLeading(isLeading, version);
        this.#version = version;
        this.#changed.resolve();
        this.#changed = Promise.withResolvers();
      }
      this.#count();
    };
    const timer = setInterval(() => void look(), lookEveryMs);
    const watcher = watch(folder, () => void look());
    watcher.on('error', () => watcher.close());
    this.#ends.defer(() => {
      clearInterval(timer);
      watcher.close();
    });
  }

  #noteLeading(isLeading: boolean, version: string | undefined): void {
    if (isLeading && !this.#isLeading) {
      this.#incomplete = this.#options.hasStanding() ? version : undefined;
    }
    this.#isLeading = isLeading;
  }

  #count(): void {
    const { noticeNodeUp, noticeNodeGeneration } = this.#options.metrics;
    for (const { name, isUp, report } of this.nodes()) {
      noticeNodeUp.set({ node: name }, isUp ? 1 : 0);
      noticeNodeGeneration.set({ node: name }, report?.generation ?? 0);
    }
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name =
      request.socket instanceof TLSSocket ? request.socket.getPeerCertificate().subject.CN : '';
    if (typeof name !== 'string' || !this.#options.nodes.includes(name)) {
      this.#options.log.warn({ node: name }, 'A notice node that the configuration does not name');
      response.writeHead(403).end();
      return;
    }
    const asked = `${request.method} ${request.url}`;
    if (asked !== `GET ${nodeSnapshotPath}` && asked !== `POST ${nodePartsPath}`) {
      response.writeHead(404).end();
      return;
    }
    try {
      await (request.method === 'GET'
        ? this.#onQuestion(name, request, response)
        : this.#onPartsQuestion(request, response));
    } catch (error) {
      this.#options.log.debug({ node: name, err: errorChain(error) }, 'An answer was cut off');
      response.destroy();
    }
  }

  async #onQuestion(
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const version = request.headers['if-none-match'];
    this.#note(name, 1, { report: reportOf(request), version });
    try {
      await this.#answer(request, response);
    } finally {
      this.#note(name, -1);
    }
  }

  async #onPartsQuestion(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const digests = await digestsOf(request);
    if (digests === undefined) {
      response.writeHead(400, { connection: 'close' }).end();
      return;
    }
    if ((await this.#offered()) === undefined) {
      response.writeHead(503).end();
      return;
    }
    await this.#offer.sendParts(response, digests);
  }

  #note(name: string, waiting: number, says?: Pick<Known, 'report' | 'version'>): void {
    const { clock } = this.#options;
    const before = this.#known.get(name);
    const latest = says?.report ?? before?.report;
    this.#known.set(name, {
      lastSeenAt: clock.now(),
      lastSeenMs: clock.monotonicMs(),
      waiting: (before?.waiting ?? 0) + waiting,
      version: says === undefined ? before?.version : says.version,
      ...(latest === undefined ? {} : { report: latest }),
    });
    this.#count();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new Promise<void>((resolve) => response.once('close', resolve));
    const has = request.headers['if-none-match'];
    const until = performance.now() + longPollMs;
    let version = await this.#offered();
    while (
      this.#options.isLeading() &&
      (version === undefined || version === has) &&
      performance.now() < until
    ) {
      const timer = Promise.withResolvers<void>();
      const timeout = setTimeout(timer.resolve, until - performance.now());
      await Promise.race([this.#changed.promise, timer.promise, gone]);
      clearTimeout(timeout);
      if (response.destroyed || this.#isClosing) {
        response.destroy();
        return;
      }
      version = await this.#offered();
    }
    if (!this.#options.isLeading()) {
      response.writeHead(503).end();
      return;
    }
    if (version === undefined || version === has) {
      response.writeHead(version === undefined ? 503 : 304).end();
      return;
    }
    const key = Buffer.from(this.#options.publicPem).toString('base64');
    await this.#offer.send(response, { [nodeKeyHeader]: key });
  }

  /** What may be given now; nothing before the notices that this controller took over are in it. */
  async #offered(): Promise<string | undefined> {
    const version = await this.#offer.version();
    return version === this.#incomplete || !this.#isLeading ? undefined : version;
  }
}
