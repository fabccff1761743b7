import type { ControlEvent } from '../core/event.ts';
import type { NoticeKind } from '../core/notice-kind.ts';
import type { RoutePlan, RouterReading } from '../core/route-plan.ts';
import type { Site } from '../core/site.ts';
import type { State } from '../core/state.ts';
import type { EpochMs } from '../lib/time.ts';
import type { AuditRecord } from '../ports/journal.ts';
import type { NoticeLimits } from '../ports/notice-limits.ts';
import type { PreviewOptions, RenderedNotice } from '../ports/notice-publisher.ts';
import type { NoticeText } from '../ports/notice-text.ts';

/** One thing that listeners (the page, `GET /events`) hear of. */
export interface ControlNews {
  readonly seq: number;
  readonly kind: 'site' | 'brake' | 'incident' | 'router' | 'freeze' | 'audit' | 'config';
  /** Name of the site, brake, incident or router. */
  readonly key: string;
  readonly at: EpochMs;
  readonly audit?: AuditRecord;
}

/** The running controller, as the API sees it. */
export interface Control {
  /** The state after the last event. */
  state(): State;
  /**
   * Hands an event in and resolves with the state after it, once its consequences are durable.
   * Rejects with DETOUR_JOURNAL_FAILED when they could not be made durable: then nothing happened.
   */
  submit(event: ControlEvent): Promise<State>;
  /** Calls the listener on every change worth showing until the returned function is called. */
  subscribe(listener: (news: ControlNews) => void): () => void;
}

/** The controller that leads, as it presents itself in the store. */
export interface LeaderCard {
  readonly holder: string;
  /** Where its API and page are. */
  readonly url: string;
  readonly since: EpochMs;
}

/** What is known of who may act. */
export interface LeadershipDesk {
  /** False on a single machine, whose controller always leads. */
  readonly isShared: boolean;
  isStoreUp(): boolean;
  /** The controller that led last, as far as the store tells. Never rejects. */
  leader(): Promise<LeaderCard | undefined>;
}

/** Sites from the file and from the store, as one registry. Writes reject with DETOUR_STORE_UNAVAILABLE or DETOUR_STORE_CONFLICT. */
export interface SiteRegistry {
  put(site: Site, actor: string): Promise<void>;
  /** Restores the site's routes first; resolves when it is unregistered. */
  remove(name: string, actor: string): Promise<void>;
}

/** Words that a notice has or had. */
export interface NoticeVersion {
  /** 1 for the first words; grows with every change. */
  readonly version: number;
  readonly at: EpochMs;
  readonly author: string;
  readonly text: NoticeText;
}

/** What a preview is to show. */
export interface PreviewAsk extends PreviewOptions {
  /** A kind of notice other than the one that stands or would stand. */
  readonly kind?: NoticeKind;
}

/** The words of notices. `massTextName` in place of a site stands for the words that a mass incident shares. */
export interface NoticeDesk {
  text(site: string): Promise<NoticeText>;
  setText(site: string, text: NoticeText, actor: string): Promise<void>;
  /** Newest first. */
  history(site: string): Promise<readonly NoticeVersion[]>;
  preview(site: string, ask: PreviewAsk): Promise<RenderedNotice>;
}

export interface LimitsDesk {
  limits(): NoticeLimits;
  setLimits(limits: NoticeLimits, actor: string): Promise<void>;
  /** Takes in where a vantage reports from, so that notice hosts do not take its probes for a flood. */
  welcome(address: string): Promise<void>;
}

/** A window once (`startsAt`, `endsAt`) or again and again (`cron` in `timeZone`, for `durationMs`). */
export interface MaintenanceWindow {
  readonly id: string;
  readonly sites: readonly string[];
  readonly reason: string;
  /** True: show the notice in the window. False: only keep automation still. */
  readonly divert: boolean;
  readonly owner: string;
  readonly startsAt?: EpochMs;
  readonly endsAt?: EpochMs;
  readonly cron?: string;
  readonly durationMs?: number;
  /** IANA name; `Asia/Seoul` for one. */
  readonly timeZone?: string;
  readonly isActive?: boolean;
  readonly nextStartAt?: EpochMs;
}

export interface MaintenanceCalendar {
  windows(): readonly MaintenanceWindow[];
  add(window: Omit<MaintenanceWindow, 'isActive' | 'nextStartAt'>): Promise<MaintenanceWindow>;
  /** Ends it if it is under way; false when there is no such window. */
  remove(id: string, actor: string): Promise<boolean>;
}

/** What a router has, what it should have, and the exact lines that lead from one to the other. */
export interface RouterView {
  readonly router: string;
  readonly reading?: RouterReading;
  readonly error?: string;
  readonly plan?: RoutePlan;
  readonly lines: readonly string[];
}

export interface RouterDesk {
  /**
   * Reads the router now and plans against the desired routes; changes nothing. Who insists has a login tried at once
   * that the router has refused lately.
   */
  view(router: string, signal: AbortSignal, insists: boolean): Promise<RouterView>;
}
