import type {
  Control,
  LeadershipDesk,
  LimitsDesk,
  MaintenanceCalendar,
  NoticeDesk,
  RouterDesk,
  SiteRegistry,
} from '../../controller/control.ts';
import type { DrillRecord } from '../../controller/drills.ts';
import type { Transcript } from '../../controller/transcripts.ts';
import type { Incident } from '../../core/incident.ts';
import type { Log } from '../../lib/log.ts';
import type { EpochMs } from '../../lib/time.ts';
import type { FitLogo } from '../../ports/fit-logo.ts';
import type { BlockedSourceDesk } from '../../ports/host-helper.ts';
import type { Journal } from '../../ports/journal.ts';
import type { NoticeStatus } from '../../ports/notice-control.ts';
import type { NoticeNodeView } from '../../ports/notice-nodes.ts';
import type { SiteReadiness } from '../../ports/site-readiness.ts';
import type { Resolve } from '../sites/resolve.ts';
import type { Role } from './roles.ts';

/** A person or script that may use the API. The token itself is nowhere kept. */
export interface ApiToken {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, hex. */
  readonly sha256: string;
}

/** What a reload came to; when it is not applied, the configuration in use stays. */
export interface ReloadResult {
  readonly isApplied: boolean;
  /** Everything wrong, each with its place and remedy. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** What is in place now that was not before, in words. */
  readonly applied: readonly string[];
  /** What is not, and what must be started again for it. */
  readonly needsRestart: readonly string[];
}

/** What the process knows of its own health beyond the controller's state. */
export interface HealthReport {
  /** Why Detour could not divert now, in sentences: a journal that cannot be written, a notice plane that does not answer. */
  readonly unready: readonly string[];
  /** What the notice process said last; undefined while it does not answer. */
  readonly notice?: NoticeStatus | undefined;
}

/** Incidents that the state has let go of: those the store keeps. Rejects with DETOUR_STORE_UNAVAILABLE. */
export interface IncidentHistory {
  /** Newest first, at most this many. */
  incidents(limit: number): Promise<readonly Incident[]>;
  /** What routers were told and answered in one incident, oldest first. */
  transcripts(incident: string): Promise<readonly Transcript[]>;
}

/** Holds drills and remembers them. */
export interface DrillDesk {
  isPlanned(router: string): boolean;
  /** Why none may be held now. */
  hindrance(): { readonly detail: string } | undefined;
  run(router: string, owner: string): Promise<DrillRecord>;
  /** Newest first. */
  history(router: string): Promise<readonly DrillRecord[]>;
}

/** All that the API stands on, handed in by the wiring. */
export interface ApiOptions {
  readonly control: Control;
  readonly registry: SiteRegistry;
  readonly notices: NoticeDesk;
  readonly limits: LimitsDesk;
  readonly maintenance: MaintenanceCalendar;
  readonly routers: RouterDesk;
  /** Drills that really divert; left out where routers have no address for them. */
  readonly drills?: DrillDesk;
  readonly blockedSources: BlockedSourceDesk;
  /** What the notice plane would show visitors of each site; left out where none can be asked. */
  readonly readiness?: (signal: AbortSignal) => Promise<readonly SiteReadiness[]>;
  /** Every notice node on another host; left out where the configuration names none. */
  readonly noticeNodes?: () => readonly NoticeNodeView[];
  /** Makes large logos smaller; left out where nothing is installed that can. */
  readonly fitLogo?: FitLogo;
  readonly leadership: LeadershipDesk;
  /** Without it, only open incidents and those closed within the last hour are shown. */
  readonly history?: IncidentHistory;
  readonly journal: Pick<Journal, 'audit' | 'verifyAudit'>;
  /** The tokens in force; asked at every request, so that a reload can change them. */
  tokens(): readonly ApiToken[];
  /** The Prometheus text format of every metric. */
  metricsText(): Promise<string>;
  reload(): Promise<ReloadResult>;
  health(): HealthReport;
  /** Public key of the marker on our notices, PEM: vantages on other machines tell them by it. */
  readonly markerKey?: string;
  readonly version: string;
  readonly log: Log;
  /** Folder of the operators' page, if it was built. */
  readonly uiFolder?: string;
  /** Host names, beside localhost and IP addresses, under which the API is reached. */
  readonly hostnames?: readonly string[];
  /** Addresses that no site may have because Detour itself needs them, with what they are for; next hops are known without it. */
  readonly reserved?: () => ReadonlyMap<string, string>;
  /** Finds addresses of a new site that names none; DNS unless a test says otherwise. */
  readonly resolve?: Resolve;
  /** The wall clock; `Date.now` unless a test says otherwise. */
  readonly now?: () => EpochMs;
}

/** The options as routes see them, with the clock filled in. */
export type ApiContext = ApiOptions & { readonly now: () => EpochMs };
