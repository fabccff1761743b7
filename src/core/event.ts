import type { EpochMs } from '../lib/time.ts';
import type { BrakeName } from './brake.ts';
import type { DurableState } from './durable.ts';
import type { HostFacts } from './facts.ts';
import type { OverrideAction } from './override.ts';
import type { ProbePath, ProbeResult } from './probe-result.ts';
import type { RouterReading } from './route-plan.ts';
import type { CoreConfig } from './state.ts';

/** How a command ended. `unknown`: it may or may not have taken effect; only reading tells. */
export type CommandOutcome =
  | {
      readonly result: 'ok';
      readonly reading?: RouterReading;
      /** The router takes the change back by itself unless it is told to keep it. */
      readonly isUnconfirmed?: true;
    }
  | { readonly result: 'failed' | 'unknown'; readonly code: string; readonly message: string };

/** Everything that can happen, as the core hears of it. Persons are named by their token. */
export type ControlEvent =
  | { readonly type: 'config-applied'; readonly config: CoreConfig }
  /** The first event of a controller, whose initial state already holds what the journal kept. */
  | { readonly type: 'started' }
  | {
      readonly type: 'probe-finished';
      readonly site: string;
      readonly probe: string;
      readonly address: string;
      readonly vantage: string;
      readonly path: ProbePath;
      readonly result: ProbeResult;
    }
  | { readonly type: 'reference-finished'; readonly reference: string; readonly isPass: boolean }
  | { readonly type: 'isolation-changed'; readonly isIsolated: boolean; readonly detail: string }
  | { readonly type: 'routes-observed'; readonly router: string; readonly reading: RouterReading }
  /** A router was told that it is to take this many routes back by itself at that time unless it is told again. */
  | {
      readonly type: 'route-lease-renewed';
      readonly router: string;
      readonly routes: number;
      readonly until: EpochMs;
    }
  | { readonly type: 'route-lease-failed'; readonly router: string; readonly message: string }
  | { readonly type: 'router-unreadable'; readonly router: string; readonly message: string }
  | { readonly type: 'command-finished'; readonly id: string; readonly outcome: CommandOutcome }
  | {
      readonly type: 'override-set';
      readonly site: string;
      readonly action: OverrideAction;
      readonly owner: string;
      readonly reason: string;
      readonly expiresAt: EpochMs;
    }
  | { readonly type: 'override-cleared'; readonly site: string; readonly owner: string }
  | {
      readonly type: 'diversion-approved';
      readonly site: string;
      readonly owner: string;
      readonly reason: string;
    }
  | { readonly type: 'freeze-set'; readonly owner: string; readonly reason: string }
  | { readonly type: 'freeze-cleared'; readonly owner: string }
  | {
      readonly type: 'brake-released';
      readonly brake: BrakeName;
      readonly owner: string;
      readonly reason: string;
      readonly until: EpochMs;
    }
  | { readonly type: 'incident-acknowledged'; readonly incident: string; readonly owner: string }
  | {
      readonly type: 'maintenance-started';
      readonly site: string;
      readonly id: string;
      readonly reason: string;
      readonly isDiverting: boolean;
      readonly endsAt: EpochMs;
    }
  | { readonly type: 'maintenance-ended'; readonly site: string; readonly id: string }
  | {
      readonly type: 'expected-recovery-set';
      readonly site: string;
      readonly at: EpochMs | undefined;
      readonly owner: string;
    }
  | {
      readonly type: 'signal-received';
      readonly site: string;
      readonly signal: string;
      readonly isFiring: boolean;
    }
  | { readonly type: 'host-measured'; readonly site: string; readonly host: HostFacts }
  | {
      readonly type: 'lease-changed';
      readonly isLeader: boolean;
      /** Token of the lease that was gained. */
      readonly term?: number;
      /** What the leader before had made durable, as the shared store has it. */
      readonly inherited?: DurableState;
    }
  | {
      readonly type: 'glass-broken';
      readonly owner: string;
      readonly reason: string;
      readonly until: EpochMs;
    }
  /** What DNS says of a site whose addresses are pinned, when that changes. */
  | {
      readonly type: 'names-compared';
      readonly site: string;
      readonly isSame: boolean;
      readonly detail: string;
    }
  | { readonly type: 'glass-mended'; readonly owner: string; readonly detail: string }
  | { readonly type: 'notice-changed'; readonly site: string; readonly owner: string }
  | {
      readonly type: 'drill-finished';
      readonly router: string;
      readonly owner: string;
      readonly at: EpochMs;
      readonly isPassed: boolean;
      readonly detail: string;
      /** It was held earlier and is only told again after a start. */
      readonly isRemembered?: true;
    }
  /** Something a person changed that the core does not decide about, for the audit alone. */
  | {
      readonly type: 'noted';
      readonly reason:
        | 'block-refused'
        | 'certificate-failed'
        | 'certificate-issued'
        | 'config-rejected'
        | 'insecure-transport'
        | 'limits-changed'
        | 'maintenance-changed'
        | 'notice-changed'
        | 'old-algorithms'
        | 'site-changed'
        | 'source-blocked'
        | 'source-lifted';
      readonly owner: string;
      readonly site?: string;
      /** The source that was let in again, or was not blocked after all. */
      readonly source?: string;
      readonly detail: string;
    }
  | { readonly type: 'tick' };
