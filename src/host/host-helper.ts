import { errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { minute } from '../lib/time.ts';
import {
  type HostReply,
  type HostRequest,
  hostRequestSchema,
  maxHostRequestBytes,
} from '../notice/host-protocol.ts';
import { SnapshotReader } from '../notice/snapshot-reader.ts';
import type { HostStatus } from '../ports/host-helper.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { BlockedSources } from './blocked-sources.ts';
import { FollowedBlocks } from './followed-blocks.ts';
import { openLineServer } from './line-server.ts';
import { describeGaps, type NoticeHost } from './notice-host.ts';

/** Somebody may have changed the host by hand: it is put right again after this time at the latest. */
const repairMs = minute;

/** The addresses of sites that are diverted here now. */
export function divertedAddresses({ sites }: Snapshot): readonly string[] {
  return [
    ...new Set(
      sites.filter(({ generation }) => generation > 0).flatMap(({ addresses }) => addresses),
    ),
  ];
}

function everyAddress(snapshot: Snapshot | undefined): readonly string[] {
  return [...new Set(snapshot?.sites.flatMap(({ addresses }) => addresses))];
}

export interface HostHelperOptions {
  readonly host: NoticeHost;
  readonly blocked: BlockedSources;
  /** The hand-over folder. */
  readonly handover: string;
  readonly socket: string;
  readonly log: Log;
}

/**
 * The small process with the one capability: takes what the signed snapshot says is diverted, blocks what it is asked
 * to, and answers on its socket. When it ends, everything stays as it is.
 */
export class HostHelper implements AsyncDisposable {
  readonly #options: HostHelperOptions;
  readonly #reader: SnapshotReader;
  readonly #ends = new AsyncDisposableStack();
  #snapshot: Snapshot | undefined;
  #applied: Snapshot | undefined;
  #problems: readonly string[] = [];
  readonly #blocks: FollowedBlocks;
  /** One change of the host at a time. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: HostHelperOptions) {
    this.#options = options;
    this.#blocks = new FollowedBlocks(options.blocked, options.log);
    this.#reader = new SnapshotReader({
      folder: options.handover,
      log: options.log,
      onSnapshot: (snapshot): void => {
        this.#snapshot = snapshot;
        void this.#sync();
      },
    });
  }

  /** Prepares the host, follows the snapshot and answers. Rejects with DETOUR_HOST_FAILED when the host cannot be prepared at all. */
  async start(): Promise<void> {
    const { host, socket } = this.#options;
    this.#ends.use(this.#reader);
    await this.#reader.start();
    if (this.#snapshot === undefined) {
      await host.apply([]);
    }
    await this.#sync();
    this.#ends.use(
      await openLineServer({
        file: socket,
        maxLineBytes: maxHostRequestBytes,
        answer: (line) => this.#answer(line),
      }),
    );
    const timer = setInterval(() => void this.#sync(), repairMs);
    this.#ends.defer(() => clearInterval(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.disposeAsync();
    await this.#queue;
  }

  #sync(): Promise<void> {
    this.#queue = this.#queue.then(() => this.#apply());
    return this.#queue;
  }

  async #apply(): Promise<void> {
    const { host, log } = this.#options;
    const snapshot = this.#snapshot;
    if (snapshot === undefined) {
      return;
    }
    const { generation } = snapshot;
    try {
      const gaps = await host.apply(divertedAddresses(snapshot));
      const { add, remove } = gaps.routes;
      if (add.length + remove.length + gaps.firewall.length > 0) {
        log.info(
          { generation, taken: add.length, released: remove.length, firewall: gaps.firewall },
          'Host follows the snapshot',
        );
      }
      this.#problems = gaps.refused.map((text) => `not taken: ${text}`);
    } catch (error) {
      const text = await this.#gapsLeft(snapshot, error);
      if (text.join() !== this.#problems.join()) {
        log.error({ generation, problems: text }, 'Host does not follow the snapshot');
      }
      this.#problems = text;
    }
    await this.#blocks.follow(snapshot.blocked ?? [], Date.now());
    this.#applied = snapshot;
  }

  async #gapsLeft(snapshot: Snapshot, error: unknown): Promise<readonly string[]> {
    try {
      const left = describeGaps(await this.#options.host.examine(divertedAddresses(snapshot)));
      return left.length === 0 ? [errorChain(error)] : left;
    } catch {
      return [errorChain(error)];
    }
  }

  async #status(): Promise<HostStatus> {
    const diverted = this.#applied === undefined ? [] : divertedAddresses(this.#applied);
    return {
      pid: process.pid,
      generation: this.#applied?.generation ?? null,
      takenAddresses: diverted.length,
      refusedAddresses: this.#options.host.refusals(everyAddress(this.#snapshot)),
      blockedSources: (await this.#options.blocked.list()).length,
      problems: this.#problems,
    };
  }

  async #answer(line: string): Promise<string> {
    const reply = await this.#reply(line).catch(
      (error: unknown): HostReply => ({ is: 'refused', why: errorChain(error) }),
    );
    return JSON.stringify(reply);
  }

  async #reply(line: string): Promise<HostReply> {
    const request = hostRequestSchema.safeParse(parsed(line));
    return request.success
      ? await this.#carryOut(request.data)
      : { is: 'refused', why: 'a request that this helper does not know' };
  }

  async #carryOut(request: HostRequest): Promise<HostReply> {
    const { blocked, log } = this.#options;
    switch (request.do) {
      case 'blocked':
        return { is: 'blocked', sources: [...(await blocked.list())] };
      case 'block': {
        const { source, seconds } = request;
        await blocked.block(source, seconds);
        log.warn({ source, seconds }, 'Source blocked');
        return { is: 'done', isChanged: true };
      }
      case 'lift': {
        const isChanged = await blocked.lift(request.source);
        log.info({ source: request.source, isChanged }, 'Block lifted');
        return { is: 'done', isChanged };
      }
      case 'follow':
        await this.#reader.check(true);
        await this.#sync();
        return { is: 'status', status: await this.#statusReply() };
      default:
        return { is: 'status', status: await this.#statusReply() };
    }
  }

  async #statusReply(): Promise<Extract<HostReply, { is: 'status' }>['status']> {
    const status = await this.#status();
    const { problems, refusedAddresses } = status;
    return { ...status, problems: [...problems], refusedAddresses: [...refusedAddresses] };
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
