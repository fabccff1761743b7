import type { NoticeOrder } from '../core/command.ts';
import type { Site } from '../core/site.ts';
import type { NoticeLimits } from './notice-limits.ts';
import type { NoticeText } from './notice-text.ts';
import type { Challenge, SnapshotBlock } from './snapshot.ts';

/** A notice as a visitor would get it, for preview. */
export interface RenderedNotice {
  readonly contentType: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Bytes of the body on the wire for a browser, which takes it packed. */
  readonly wireBytes: number;
}

/** How all notices look and speak. */
export interface NoticeStyle {
  /** For visitors who ask for no language that we have. */
  readonly defaultLanguage: string;
  /** The zone in which moments are written: where the sites' visitors are. Default Asia/Seoul. */
  readonly timeZone?: string;
  /** Folder with the owner's pages and `locales/*.yaml`, over the shipped ones. */
  readonly templates?: string;
  /** Over how long a waiting crowd is spread on its way back to a site. Default 120 s. */
  readonly returnSpreadMs?: number;
}

/** What a preview shows in place of what stands. */
export interface PreviewOptions {
  readonly language: string;
  readonly format: 'html' | 'json' | 'text';
  /** Words that are not saved. */
  readonly text?: NoticeText;
}

/** Hands notices to the notice plane. Every method rejects with a DetourError. */
export interface NoticePublisher extends AsyncDisposable {
  /** Makes every registered site known, each with a standby notice; renders again what changed. */
  register(sites: readonly Site[], texts: Readonly<Record<string, NoticeText>>): Promise<void>;
  /** Publishes a site's notice and resolves when the notice plane answers with it. Safe to repeat. */
  publish(order: NoticeOrder, signal: AbortSignal): Promise<void>;
  /**
   * Resolves when the notice plane passes visitors of these sites on to their own origins over HTTP; sites without a
   * probe over HTTP are not looked at. Rejects with DETOUR_NOTICE_NOT_LIVE and the name of the first that is not passed on.
   */
  awaitPassed(sites: readonly string[], signal: AbortSignal): Promise<void>;
  /** Takes a site's notice back to standby, unless a newer generation stands. */
  withdraw(site: string, generation: number): Promise<void>;
  setLimits(limits: NoticeLimits): Promise<void>;
  /** Has every notice process answer exactly these challenges of certificate authorities, over plain HTTP. */
  setChallenges(challenges: readonly Challenge[]): Promise<void>;
  /** Has every notice host block exactly these sources, beside what it blocks for abuse that it saw itself. */
  setBlocked(blocks: readonly SnapshotBlock[]): Promise<void>;
  /** Gives one site the small page while it is flooded. */
  setSmallPage(site: string, isSmall: boolean): Promise<void>;
  /** Reads templates and words anew and shows every notice in them. When it rejects, the old ones stay. */
  restyle(style: NoticeStyle): Promise<void>;
  preview(order: NoticeOrder, options: PreviewOptions): Promise<RenderedNotice>;
}
