import type { ControlEvent } from '../core/event.ts';
import { DetourError, errorChain, errorCode } from '../lib/errors.ts';
import { hostPrefix } from '../lib/ip.ts';
import type { Log } from '../lib/log.ts';
import { PrefixSet } from '../lib/prefix-set.ts';
import { second } from '../lib/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { BlockedSource, BlockedSourceDesk } from '../ports/host-helper.ts';
import type { NoticeLimits } from '../ports/notice-limits.ts';
import type { NoticePublisher } from '../ports/notice-publisher.ts';
import { maxSnapshotBlocks, type SnapshotBlock } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';

const documentId = 'notice';

/** What the core asks for: a source that a rule named. */
export interface BlockOrder {
  readonly site: string;
  readonly source: string;
  readonly forMs: number;
}

export interface SourceBlocksOptions {
  readonly store: Store;
  readonly publisher: NoticePublisher;
  /** The notice host on this machine. */
  readonly local: BlockedSourceDesk;
  /** True when notice hosts elsewhere follow the snapshot: then this machine need not be one. */
  readonly hasNodes: () => boolean;
  readonly limits: () => NoticeLimits;
  /** Prefixes of what Detour needs and of proxies that speak for many. */
  readonly neverBlocked: () => readonly string[];
  readonly parse: (value: unknown) => readonly SnapshotBlock[] | undefined;
  readonly submit: (event: ControlEvent) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** A source as a canonical prefix. */
const prefixOf = (source: string): string => (source.includes('/') ? source : hostPrefix(source));

const refused = (why: string): DetourError => new DetourError(why, { code: 'DETOUR_HOST_FAILED' });

/**
 * The sources that rules and people had blocked. They go out to every notice host in the signed snapshot, each with its
 * end; what a notice host blocks by itself, for abuse that it saw, is known there alone.
 */
export class SourceBlocks implements BlockedSourceDesk {
  readonly #options: SourceBlocksOptions;
  #blocks: readonly SnapshotBlock[] = [];
  /** What the notice hosts were told last. */
  #told: readonly SnapshotBlock[] = [];

  constructor(options: SourceBlocksOptions) {
    this.#options = options;
  }

  /** Takes over what was blocked before the start. */
  async load(): Promise<void> {
    const { store, parse, log } = this.#options;
    try {
      const stored = await store.get('block', documentId);
      this.#blocks = stored === undefined ? [] : (parse(stored.value) ?? []);
    } catch (error) {
      log.error({ err: errorChain(error) }, 'Blocked sources could not be loaded');
    }
    const before = this.#told;
    this.#blocks = this.#standing();
    if (JSON.stringify(this.#blocks) !== JSON.stringify(before)) {
      await this.#tell();
    }
  }

  /** Blocks what a rule named, unless it must not be. Never rejects: what came of it stands in the audit and the log. */
  async follow({ site, source, forMs }: BlockOrder): Promise<void> {
    const { submit, log } = this.#options;
    try {
      this.#check(source);
      await this.#put({ source, until: this.#now + forMs });
    } catch (error) {
      log.warn({ site, code: errorCode(error), err: errorChain(error) }, 'A source is not blocked');
      const detail = `${source} is not blocked: ${errorChain(error)}`;
      submit({ type: 'noted', reason: 'block-refused', owner: 'detour', site, source, detail });
    }
  }

  async blockedSources(signal: AbortSignal): Promise<readonly BlockedSource[]> {
    const everywhere = this.#standing().map(({ source, until }) => ({
      source,
      expiresInSeconds: Math.ceil((until - this.#now) / second),
    }));
    const here = await this.#here(signal, everywhere.length > 0);
    const known = new Set(everywhere.map(({ source }) => source));
    return [...everywhere, ...here.filter(({ source }) => !known.has(source))];
  }

  /** Rejects with DETOUR_HOST_FAILED or DETOUR_NOTICE_NOT_LIVE when the host on this machine cannot, unless there are others. */
  async blockSource(source: string, seconds: number, signal: AbortSignal): Promise<void> {
    const { local, hasNodes } = this.#options;
    this.#check(source);
    await local.blockSource(source, seconds, signal).catch((error: unknown) => {
      if (!hasNodes()) {
        throw error;
      }
    });
    await this.#put({ source, until: this.#now + seconds * second });
  }

  async liftSource(source: string, signal: AbortSignal): Promise<void> {
    const isOurs = this.#blocks.some((block) => block.source === source);
    await this.#replace(this.#standing().filter((block) => block.source !== source));
    await this.#options.local.liftSource(source, signal).catch((error: unknown) => {
      if (!isOurs) {
        throw error;
      }
    });
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  #standing(): readonly SnapshotBlock[] {
    return this.#blocks.filter(({ until }) => until > this.#now);
  }

  async #here(signal: AbortSignal, isOptional: boolean): Promise<readonly BlockedSource[]> {
    try {
      return await this.#options.local.blockedSources(signal);
    } catch (error) {
      if (isOptional || this.#options.hasNodes()) {
        return [];
      }
      throw error;
    }
  }

  #check(source: string): void {
    const prefix = prefixOf(source);
    if (new PrefixSet(this.#options.limits().largeSources).overlaps(prefix)) {
      throw refused(`${source} stands for many people (limits.largeSources)`);
    }
    if (new PrefixSet(this.#options.neverBlocked()).overlaps(prefix)) {
      throw refused(`${source} is never blocked: Detour depends on it, or it is a trusted proxy`);
    }
  }

  async #put(block: SnapshotBlock): Promise<void> {
    const others = this.#standing().filter(({ source }) => source !== block.source);
    if (others.length >= maxSnapshotBlocks) {
      throw refused(`${maxSnapshotBlocks} sources are blocked already, which is the most`);
    }
    await this.#replace([...others, block]);
  }

  async #tell(): Promise<void> {
    await this.#options.publisher.setBlocked(this.#blocks);
    this.#told = this.#blocks;
  }

  /** The notice hosts first: a store that is down must not keep a flood alive. */
  async #replace(blocks: readonly SnapshotBlock[]): Promise<void> {
    const { store, log } = this.#options;
    this.#blocks = blocks;
    await this.#tell();
    await store.put('block', documentId, [...blocks]).catch((error: unknown) => {
      log.error({ err: errorChain(error) }, 'Blocked sources could not be kept for the next start');
    });
  }
}
