import type { NoticeOrder } from '../../src/core/command.ts';
import type { Site } from '../../src/core/site.ts';
import { DetourError } from '../../src/lib/errors.ts';
import type { NoticeLimits } from '../../src/ports/notice-limits.ts';
import type {
  NoticePublisher,
  NoticeStyle,
  PreviewOptions,
  RenderedNotice,
} from '../../src/ports/notice-publisher.ts';
import type { NoticeText } from '../../src/ports/notice-text.ts';
import type { Challenge, SnapshotBlock } from '../../src/ports/snapshot.ts';

const failed = (message: string): DetourError =>
  new DetourError(message, { code: 'DETOUR_NOTICE_PUBLISH_FAILED' });

/** A publisher in memory; tests see what stands and can take the notice plane away. */
export class FakeNoticePublisher implements NoticePublisher {
  readonly sites = new Map<string, Site>();
  /** Orders whose notice stands, by site. */
  readonly standing = new Map<string, NoticeOrder>();
  readonly smallOnly = new Set<string>();
  texts: Readonly<Record<string, NoticeText>> = {};
  limits: NoticeLimits | undefined;
  challenges: readonly Challenge[] = [];
  blocked: readonly SnapshotBlock[] = [];
  /** False: nothing published becomes live until it is true again and published once more. */
  isPlaneUp = true;
  /** Sites whose visitors the notice plane does not get to their origin. */
  readonly unpassed = new Set<string>();
  style: NoticeStyle | undefined;
  /** Orders that were previewed. */
  readonly previewed: NoticeOrder[] = [];

  async register(
    sites: readonly Site[],
    texts: Readonly<Record<string, NoticeText>>,
  ): Promise<void> {
    this.sites.clear();
    for (const site of sites) {
      this.sites.set(site.name, site);
    }
    this.texts = texts;
  }

  async awaitPassed(sites: readonly string[]): Promise<void> {
    const unpassed = sites.find((site) => this.unpassed.has(site));
    if (unpassed !== undefined) {
      throw new DetourError(`Could not see ${unpassed} passed through at the notice plane`, {
        code: 'DETOUR_NOTICE_NOT_LIVE',
        retryable: true,
      });
    }
  }

  async publish(order: NoticeOrder, signal: AbortSignal): Promise<void> {
    this.#siteOf(order.site);
    if ((this.standing.get(order.site)?.generation ?? 0) > order.generation) {
      throw failed(`Could not publish notice ${order.generation} of ${order.site}: a newer stands`);
    }
    this.standing.set(order.site, order);
    if (!this.isPlaneUp) {
      await new Promise<void>((resolve) => {
        signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve());
      });
    }
    if (signal.aborted) {
      throw new DetourError(`Could not see notice ${order.generation} of ${order.site}`, {
        code: 'DETOUR_NOTICE_NOT_LIVE',
        retryable: true,
      });
    }
  }

  async withdraw(site: string, generation: number): Promise<void> {
    if ((this.standing.get(site)?.generation ?? 0) <= generation) {
      this.standing.delete(site);
    }
  }

  async setLimits(limits: NoticeLimits): Promise<void> {
    this.limits = limits;
  }

  async setBlocked(blocks: readonly SnapshotBlock[]): Promise<void> {
    this.blocked = blocks;
  }

  async setChallenges(challenges: readonly Challenge[]): Promise<void> {
    this.challenges = challenges;
  }

  async setSmallPage(site: string, isSmall: boolean): Promise<void> {
    isSmall ? this.smallOnly.add(site) : this.smallOnly.delete(site);
  }

  async restyle(style: NoticeStyle): Promise<void> {
    this.style = style;
  }

  async preview(
    order: NoticeOrder,
    { language, format, text }: PreviewOptions,
  ): Promise<RenderedNotice> {
    const site = this.#siteOf(order.site);
    const contentType = {
      html: 'text/html; charset=utf-8',
      json: 'application/problem+json',
      text: 'text/plain; charset=utf-8',
    }[format];
    this.previewed.push(order);
    const detail = text?.message?.[language] ?? site.title[language] ?? site.name;
    const body = format === 'json' ? JSON.stringify({ site: site.name, detail }) : detail;
    return {
      contentType,
      status: site.noticeStatus,
      headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' },
      body,
      wireBytes: Buffer.byteLength(body),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #siteOf(name: string): Site {
    const site = this.sites.get(name);
    if (site === undefined) {
      throw failed(`Could not find ${name} among the registered sites`);
    }
    return site;
  }
}
