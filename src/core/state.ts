import type { EpochMs } from '../lib/time.ts';
import type { BrakeName, BrakeState } from './brake.ts';
import type { Refusals } from './change-pace.ts';
import type { DrillState } from './drill.ts';
import type { HostFacts } from './facts.ts';
import type { Guards } from './guards.ts';
import type { Incident } from './incident.ts';
import type { BreakGlass, Freeze, Override } from './override.ts';
import type { Phase } from './phase.ts';
import type { ProbePath, ProbeResult } from './probe-result.ts';
import type { Reason } from './reason.ts';
import type { ObservedRoute, Route } from './route-plan.ts';
import type { Rule } from './rule.ts';
import type { RouterSpec, Site } from './site.ts';
import type { Table } from './table.ts';
import type { TargetHealth } from './target-health.ts';

/** What the core is told to watch and how. Replaced as a whole by `config-applied`. */
export interface CoreConfig {
  readonly sites: Readonly<Record<string, Site>>;
  readonly routers: Readonly<Record<string, RouterSpec>>;
  readonly rules: readonly Rule[];
  readonly guards: Guards;
  /** Names of the places probes run from. */
  readonly vantages: readonly string[];
}

/** One sample kept for windows. */
export interface Sample {
  readonly at: EpochMs;
  readonly outcome: ProbeResult['outcome'];
  readonly latencyMs: number;
}

/** One target seen from one vantage. */
export interface TargetState {
  readonly health: TargetHealth;
  readonly last?: ProbeResult;
  /** Conclusive samples, oldest first, bounded by `maxSamples`. */
  readonly samples: readonly Sample[];
  /** Results since the start, of any outcome, counted up to the warm-up. */
  readonly seen: number;
}

export const maxSamples = 360;

/** How a rule stands for one site. */
export interface RuleState {
  /** Since when the condition has held without a break. */
  readonly trueSince?: EpochMs;
  /** When the condition last held. */
  readonly lastTrueAt?: EpochMs;
  readonly isFiring: boolean;
  /** Why the rule cannot be evaluated now. */
  readonly error?: string;
}

/** A planned window that covers a site now. */
export interface ActiveMaintenance {
  readonly id: string;
  readonly reason: string;
  /** True: show the notice for the whole window. False: only keep automation still. */
  readonly isDiverting: boolean;
  readonly startedAt: EpochMs;
  readonly endsAt: EpochMs;
}

export interface SiteState {
  readonly phase: Phase;
  readonly since: EpochMs;
  readonly reason: Reason;
  /** By target id (`probe@address`), then by vantage. */
  readonly targets: Readonly<Record<string, Readonly<Record<string, TargetState>>>>;
  readonly rules: Readonly<Record<string, RuleState>>;
  readonly override?: Override;
  readonly maintenance?: ActiveMaintenance;
  readonly signals: Readonly<Record<string, boolean>>;
  readonly host?: HostFacts;
  /** When `host` was measured: what is old says nothing any more. */
  readonly hostMeasuredAt?: EpochMs;
  /** Sources that rules had blocked for this site, and when each block ends. */
  readonly blocked?: Readonly<Record<string, EpochMs>>;
  /** Of these, those that a person let in again or that could not be blocked: not asked for a second time, and not told. */
  readonly letIn?: readonly string[];
  /** Last moment the data path changed side; samples begun earlier count for nothing. */
  readonly pathChangedAt: EpochMs;
  /** What automation would do now but may not, and why. */
  readonly heldBack?: { readonly reason: Reason; readonly detail: string; readonly since: EpochMs };
  readonly isApproved: boolean;
  /** Automation stopped here and asks a person; `detour release` answers. */
  readonly question?: { readonly reason: Reason; readonly text: string; readonly since: EpochMs };
  readonly incident?: string;
  /** First failure of the present run of failures; absent while every target passes. */
  readonly firstFailAt?: EpochMs;
  readonly holdDownMs: number;
  readonly holdDownUntil?: EpochMs;
  readonly lastRestoredAt?: EpochMs;
  /** Expected recovery that a person gave, shown in the notice. */
  readonly expectedRecoveryAt?: EpochMs;
  /** Alarm sent that a notice has stood for over a day (a long 503 drops a site from search results). */
  readonly isLongNoticeAlarmed: boolean;
  /** Times our route was found missing without our doing, most recent last. */
  readonly vanishedAt: readonly EpochMs[];
  /** Commands of this stage that have not answered yet, by id. */
  readonly waitingFor: readonly string[];
  /** True when the commands of this stage were given; false after a start, until they are given again. */
  readonly isUnderWay: boolean;
  /** Not before this time may a failed act of this stage be tried again. */
  readonly retryAt?: EpochMs;
  /** What was last told of this stage that does not go on; the same word is not said at every try. */
  readonly trouble?: string;
  /** When this stage began: it ends in an alert if it takes too long. */
  readonly stageSince: EpochMs;
}

export interface RouterState {
  readonly readAt?: EpochMs;
  readonly isReadable: boolean;
  /** Why it cannot be read. */
  readonly error?: string;
  /** How the last change ended that did not go through; stands until one does, or nothing is left to change. */
  readonly failure?: { readonly code: string; readonly message: string; readonly at: EpochMs };
  readonly owned: readonly ObservedRoute[];
  readonly foreign: readonly Route[];
  /** The sync now under way, by command id, and what it was told to reach. */
  readonly syncing?: {
    readonly id: string;
    readonly desired: readonly Route[];
    /** Prefixes that the sync adds or removes. */
    readonly changes: readonly string[];
  };
  /** A change that this router takes back by itself unless it is confirmed. Nothing else is changed there until it has ended. */
  readonly unconfirmed?: {
    /** Prefixes that the change added or removed. */
    readonly changes: readonly string[];
    /** The command that confirms or cancels it, once given. */
    readonly endingBy?: string;
  };
  /** Routes Detour has ever meant to install here and not yet seen gone: the ledger. */
  readonly ledger: readonly string[];
  /** Last time each prefix changed here, for the distance between opposite changes. */
  readonly changedAt: Readonly<Record<string, EpochMs>>;
  /** Not before this time is a change tried again that did not go through. */
  readonly retryAt?: EpochMs;
  /** Which change that is, and how often the router has not taken it. */
  readonly refusals?: Refusals;
  /** Until when the router keeps the routes that it is to take back by itself, and why that could not be put off. */
  readonly lease?: {
    readonly routes: number;
    readonly until: EpochMs;
    readonly problem?: string;
    /** People have been told. */
    readonly isTold?: true;
  };
  /** The router tells that it holds a lease: of ours, or of a controller before. */
  readonly holdsLease?: boolean;
  /** Prefixes that the router says it took back by itself, until it has been given a new lease. */
  readonly lapsed?: readonly string[];
  /** True while people have been told of such a lapse and not of its end. */
  readonly isLapseTold?: boolean;
  readonly drill?: DrillState;
  /** True while people have been told that the last drill is too old. */
  readonly isDrillTold?: boolean;
}

/** How one vantage has been heard of. */
export interface VantageState {
  /** When its last result came, to the second. */
  readonly heardAt: EpochMs;
  /** True while it has been silent for so long that nothing it saw counts any more. */
  readonly isSilent: boolean;
}

/** Everything the core knows. Plain data, apart from the compiled rules inside `config`. */
export interface State {
  readonly config: CoreConfig;
  readonly startedAt: EpochMs;
  readonly sites: Table<SiteState>;
  readonly routers: Readonly<Record<string, RouterState>>;
  /** By name, from the first second on that a vantage was named. */
  readonly vantages: Readonly<Record<string, VantageState>>;
  readonly brakes: Readonly<Record<BrakeName, BrakeState>>;
  readonly freeze?: Freeze;
  readonly isolation: {
    readonly isIsolated: boolean;
    readonly since?: EpochMs;
    readonly lastReferencePassAt?: EpochMs;
  };
  readonly isLeader: boolean;
  /** Ends with the process, the lease or its time, whichever comes first. */
  readonly breakGlass?: BreakGlass;
  /** True once every router was read and every site's first rounds are in; then it stays true. */
  readonly isWarmedUp: boolean;
  /** Open incidents, and closed ones of the last hour. */
  readonly incidents: Readonly<Record<string, Incident>>;
  /** Moments at which automatic diversions were begun, for the rate brake. */
  readonly begunAt: readonly EpochMs[];
  readonly lastGeneration: number;
  readonly lastCommand: number;
  /** The term (token of the lease) in which this controller leads or last led; 0 when it never has. */
  readonly lastTerm: number;
}

/** The id of a target inside a site. */
export function targetId(probe: string, address: string): string {
  return `${probe}@${address}`;
}

/** Which path a probe of this address must take now for its result to count. */
export function countedPath(phase: Phase, site: Site, address: string): ProbePath {
  const isBehindNotice =
    phase.name === 'diverted' ||
    phase.name === 'recovering' ||
    (phase.name === 'held' && phase.on === 'notice');
  return isBehindNotice && site.origin !== undefined && phase.diversion.addresses.includes(address)
    ? 'origin'
    : 'address';
}
