import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { NoticeOrder } from '../../../core/command.ts';
import type { Site } from '../../../core/site.ts';
import { DetourError, errorChain } from '../../../lib/errors.ts';
import { Gate } from '../../../lib/gate.ts';
import type { Log } from '../../../lib/log.ts';
import type { EpochMs } from '../../../lib/time.ts';
import type { NoticeLimits } from '../../../ports/notice-limits.ts';
import type {
  NoticePublisher,
  NoticeStyle,
  PreviewOptions,
  RenderedNotice,
} from '../../../ports/notice-publisher.ts';
import type { NoticeText } from '../../../ports/notice-text.ts';
import type { Challenge, SnapshotBlock } from '../../../ports/snapshot.ts';
import type { WebDoor } from '../../../ports/web-doors.ts';
import { type PassageProblem, passedSite, untilPassed } from './passage-looks.ts';
import { NoticeRenderer, type RendererOptions } from './renderer.ts';
import { servedNotice } from './served-notice.ts';
import type { SigningKey } from './signing-key.ts';
import { SiteNotices } from './site-notices.ts';
import { prepareFolder, readInheritance, SnapshotFile } from './snapshot-file.ts';

/** Tells whether the notice plane answers for a site with this generation or a newer one. */
export type IsLive = (
  site: string,
  hostname: string,
  generation: number,
  signal: AbortSignal,
) => Promise<boolean>;

export interface SnapshotPublisherOptions extends RendererOptions {
  /** The hand-over folder, which the notice plane reads. */
  readonly folder: string;
  readonly key: SigningKey;
  readonly limits: NoticeLimits;
  readonly now: () => EpochMs;
  /** By which doors a site's notice must be seen; over plain HTTP unless said. */
  readonly doors?: (site: Site) => readonly Pick<WebDoor, 'isTls'>[];
  /** Looks over plain HTTP. */
  readonly isLive: IsLive;
  /** Looks over HTTPS; needed where a door speaks it. */
  readonly isLiveOverTls?: IsLive;
  readonly passageProblem: PassageProblem;
  /** Tells the notice plane to read the snapshot now. It looks by itself too, so a failure here costs only time. */
  readonly poke: () => Promise<void>;
  readonly log: Log;
}

/** Looks at the notice plane at once: a mass event publishes hundreds of notices in one moment. */
const looksAtOnce = 8;
const firstPauseMs = 20;
const longestPauseMs = 500;

/** A notice plane that hangs must not hold up the next write; it looks at the file by itself. */
const longestPokeMs = 1_000;

const failed = (message: string): DetourError =>
  new DetourError(message, { code: 'DETOUR_NOTICE_PUBLISH_FAILED' });

/** Waits for work until the signal aborts; a disk that hangs must not keep a caller past its time. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const isDone = new AbortController();
  const aborted = signal.aborted
    ? Promise.resolve()
    : once(signal, 'abort', { signal: isDone.signal });
  try {
    return await Promise.race([work, aborted.then(() => undefined)]);
  } finally {
    isDone.abort();
  }
}

/** Hands notices over as one signed file. Changes that come while a write is under way share the next one. */
class SnapshotPublisher implements NoticePublisher {
  readonly #options: SnapshotPublisherOptions;
  readonly #notices: SiteNotices;
  readonly #file: SnapshotFile;
  #defaultLanguage: string;
  readonly #looks = new Gate(looksAtOnce);
  #limits: NoticeLimits;
  #challenges: readonly Challenge[] = [];
  #blocked: readonly SnapshotBlock[] = [];
  #generation: number;
  #isWritten = false;
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<ReadonlyMap<string, unknown>> | undefined;

  constructor(
    options: SnapshotPublisherOptions,
    notices: SiteNotices,
    { file, generation }: { readonly file: SnapshotFile; readonly generation: number },
  ) {
    this.#options = options;
    this.#notices = notices;
    this.#file = file;
    this.#limits = options.limits;
    this.#defaultLanguage = options.defaultLanguage;
    this.#generation = generation;
  }

  async register(
    sites: readonly Site[],
    texts: Readonly<Record<string, NoticeText>>,
  ): Promise<void> {
    const isChanged = this.#notices.register(sites, texts);
    if (isChanged || !this.#isWritten) {
      const [failure] = await this.#write();
      if (failure !== undefined) {
        throw failure[1];
      }
    }
  }

  async publish(order: NoticeOrder, signal: AbortSignal): Promise<void> {
    const site = this.#notices.siteOf(order.site);
    if (this.#notices.generationOf(order.site) > order.generation) {
      throw failed(`Could not publish notice ${order.generation} of ${order.site}: a newer stands`);
    }
    const isChanged = this.#notices.setOrder(order);
    if (isChanged || !this.#isWritten || this.#next !== undefined) {
      const failure = (await unlessAborted(this.#write(), signal))?.get(order.site);
      if (failure !== undefined) {
        throw failure;
      }
    }
    await this.#untilLive(order, site, signal);
  }

  async awaitPassed(sites: readonly string[], signal: AbortSignal): Promise<void> {
    const look = { gate: this.#looks, problem: this.#options.passageProblem };
    await Promise.all(
      sites.map(async (name) => {
        const site = passedSite(this.#notices.siteOf(name));
        if (site !== undefined) {
          await untilPassed({ name, ...site }, look, signal);
        }
      }),
    );
  }

  async withdraw(site: string, generation: number): Promise<void> {
    if (this.#notices.generationOf(site) > generation) {
      return;
    }
    if (this.#notices.clearOrder(site) || !this.#isWritten) {
      await this.#write();
    }
  }

  async setLimits(limits: NoticeLimits): Promise<void> {
    this.#limits = limits;
    await this.#write();
  }

  async setChallenges(challenges: readonly Challenge[]): Promise<void> {
    this.#challenges = [...challenges];
    await this.#write();
  }

  async setBlocked(blocks: readonly SnapshotBlock[]): Promise<void> {
    this.#blocked = [...blocks];
    await this.#write();
  }

  async setSmallPage(site: string, isSmall: boolean): Promise<void> {
    if (this.#notices.setSmallOnly(site, isSmall) || !this.#isWritten) {
      await this.#write();
    }
  }

  async restyle(style: NoticeStyle): Promise<void> {
    const { pace } = this.#options;
    this.#notices.setRenderer(new NoticeRenderer({ ...style, ...(pace ? { pace } : {}) }));
    this.#defaultLanguage = style.defaultLanguage;
    await this.#write();
  }

  async preview(
    order: NoticeOrder,
    { language, format, text }: PreviewOptions,
  ): Promise<RenderedNotice> {
    const now = this.#options.now();
    const site = await this.#notices.render(order, now, text);
    return servedNotice(site, { language, format, now });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#next?.catch(() => undefined);
    await this.#current.catch(() => undefined);
  }

  /** Resolves, when a write that began after this call has ended, with the sites whose notice could not be rendered. */
  #write(): Promise<ReadonlyMap<string, unknown>> {
    this.#next ??= this.#writeNext(this.#current);
    return this.#next;
  }

  async #writeNext(before: Promise<unknown>): Promise<ReadonlyMap<string, unknown>> {
    await before.catch(() => undefined);
    // What else changes in this very moment still joins.
    await pause(0);
    const writing = this.#writeNow();
    this.#current = writing;
    this.#next = undefined;
    return await writing;
  }

  async #writeNow(): Promise<ReadonlyMap<string, unknown>> {
    const { now, poke, log } = this.#options;
    this.#isWritten = false;
    const failures = await this.#notices.renderChanged(now());
    // A write that failed may have replaced the file all the same, so no number is used twice.
    this.#generation += 1;
    const head = {
      generation: this.#generation,
      writtenAt: now(),
      defaultLanguage: this.#defaultLanguage,
      limits: this.#limits,
      ...(this.#challenges.length === 0 ? {} : { challenges: this.#challenges }),
      ...(this.#blocked.length === 0 ? {} : { blocked: this.#blocked }),
      neutral: await this.#notices.neutral(),
    } as const;
    await this.#file.write(head, this.#notices.parts());
    this.#isWritten = true;
    const told = Promise.race([poke(), pause(longestPokeMs, undefined, { ref: false })]);
    await told.catch((error: unknown) => {
      log.debug({ err: errorChain(error) }, 'Notice plane could not be told of a new snapshot');
    });
    return failures;
  }

  /** Every look that must see the notice of a site. */
  #looksFor(site: Site): readonly IsLive[] {
    const { doors, isLive, isLiveOverTls = isLive } = this.#options;
    return (doors?.(site) ?? [{ isTls: false }]).map(({ isTls }) =>
      isTls ? isLiveOverTls : isLive,
    );
  }

  async #untilLive(order: NoticeOrder, site: Site, signal: AbortSignal): Promise<void> {
    const hostname = site.hostnames[0] ?? site.addresses[0] ?? site.name;
    let unseen = this.#looksFor(site);
    let problem: unknown;
    const began = performance.now();
    while (!signal.aborted) {
      try {
        const [look] = unseen;
        if (look === undefined) {
          return;
        }
        if (await this.#looks.run(() => look(site.name, hostname, order.generation, signal))) {
          unseen = unseen.slice(1);
          continue;
        }
        problem = undefined;
      } catch (error) {
        problem = error;
      }
      if (this.#notices.generationOf(order.site) !== order.generation) {
        throw failed(
          `Could not publish notice ${order.generation} of ${order.site}: it was replaced`,
        );
      }
      // Seldom enough for hundreds that wait together, often enough that none is seen a quarter too late.
      const waitedMs = performance.now() - began;
      const pauseMs = Math.min(Math.max(firstPauseMs, waitedMs / 4), longestPauseMs);
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    throw new DetourError(
      `Could not see notice ${order.generation} of ${order.site} at the notice plane (asked for ${hostname})`,
      { code: 'DETOUR_NOTICE_NOT_LIVE', retryable: true, cause: problem },
    );
  }
}

function rendererOptions(options: SnapshotPublisherOptions): RendererOptions {
  const { defaultLanguage, timeZone, templates, returnSpreadMs, pace } = options;
  return {
    defaultLanguage,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(templates === undefined ? {} : { templates }),
    ...(returnSpreadMs === undefined ? {} : { returnSpreadMs }),
    ...(pace === undefined ? {} : { pace }),
  };
}

/**
 * Opens the publisher over a hand-over folder. Notices of diversions that stand in the snapshot there are kept until
 * they are withdrawn, also for sites that are not registered (yet): a notice goes on until its route is back.
 * Rejects with DETOUR_NOTICE_TEMPLATE_INVALID or DETOUR_NOTICE_PUBLISH_FAILED.
 */
export async function openSnapshotPublisher(
  options: SnapshotPublisherOptions,
): Promise<NoticePublisher> {
  const { folder, key, now, log } = options;
  const renderer = new NoticeRenderer(rendererOptions(options));
  await prepareFolder(folder, key);
  const { generation, active, log: parts, problem } = await readInheritance(folder, key, now());
  if (problem !== undefined) {
    log.warn({ folder, problem }, 'Notices of the last run could not be taken over');
  }
  const file = new SnapshotFile(folder, key);
  if (parts !== undefined) {
    await file.adopt(parts);
  }
  const notices = new SiteNotices(renderer, key, active);
  return new SnapshotPublisher(options, notices, { file, generation });
}
