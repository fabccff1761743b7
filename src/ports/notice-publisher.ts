import type { NoticeOrder } from '../core/command.ts';
import type { Site } from '../core/site.ts';
import type { NoticeLimits } from './notice-limits.ts';
import type { NoticeText } from './notice-text.ts';

/** A notice as a visitor would get it, for preview. */
export interface RenderedNotice {
  readonly contentType: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Hands notices to the notice plane. Every method rejects with a DetourError. */
export interface NoticePublisher extends AsyncDisposable {
  /** Makes every registered site known, each with a standby notice; renders again what changed. */
  register(sites: readonly Site[], texts: Readonly<Record<string, NoticeText>>): Promise<void>;
  /** Publishes a site's notice and resolves when the notice plane answers with it. Safe to repeat. */
  publish(order: NoticeOrder, signal: AbortSignal): Promise<void>;
  /** Takes a site's notice back to standby, unless a newer generation stands. */
  withdraw(site: string, generation: number): Promise<void>;
  setLimits(limits: NoticeLimits): Promise<void>;
  /** Gives one site the small page while it is flooded. */
  setSmallPage(site: string, isSmall: boolean): Promise<void>;
  preview(
    order: NoticeOrder,
    language: string,
    format: 'html' | 'json' | 'text',
  ): Promise<RenderedNotice>;
}
