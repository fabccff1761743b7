import type { EpochMs } from '../lib/time.ts';
import type { Incident } from './incident.ts';
import type { Reason } from './reason.ts';
import type { Route } from './route-plan.ts';
import type { Severity } from './rule.ts';

/** The facts of a notice; the publisher finds the words. */
export interface NoticeOrder {
  readonly site: string;
  readonly generation: number;
  readonly cause: string;
  readonly since: EpochMs;
  readonly expectedRecoveryAt?: EpochMs;
  readonly incident: string;
  /** Many sites failed with this one: their notices say so, in words that they share. */
  readonly isMass?: true;
}

/** One line of the audit, before the chain gives it its number and hash. */
export interface AuditEntry {
  readonly at: EpochMs;
  readonly actor: string;
  readonly reason: Reason;
  readonly site?: string;
  readonly router?: string;
  readonly incident?: string;
  readonly generation?: number;
  /** One sentence for a person. No secret, no visitor's data. */
  readonly text: string;
}

export interface Alert {
  /** The same trouble has the same key; receivers drop repeats by it. */
  readonly key: string;
  readonly severity: Severity;
  readonly reason: Reason;
  readonly site?: string;
  readonly router?: string;
  readonly incident?: string;
  readonly text: string;
  readonly at: EpochMs;
  readonly isResolved: boolean;
}

/** What the core wants done. Commands with an id answer with `command-finished`; all may be repeated without harm. */
export type Command =
  /** Publish and wait until every notice node answers with this site and generation. */
  | {
      readonly type: 'publish-notice';
      readonly id: string;
      readonly order: NoticeOrder;
      /** Healthy neighbours on its addresses that the notice plane must be seen to pass through before a route moves. */
      readonly passing?: readonly string[];
    }
  | { readonly type: 'withdraw-notice'; readonly site: string; readonly generation: number }
  /** Bring one router to exactly these routes, then read back. */
  | {
      readonly type: 'sync-routes';
      readonly id: string;
      readonly router: string;
      readonly desired: readonly Route[];
      /** Prefixes that Detour may remove here: its ledger. */
      readonly ledger: readonly string[];
      /** True when a person ordered the change: the count brakes of the runner then stand aside. */
      readonly isOrdered: boolean;
      /** The most diversions at once, as the core counts those of automation and those of people; the runner counts routes on its own. */
      readonly activeLimit: number;
      readonly decidedAt: EpochMs;
      /** Not before this time (opposite changes of one prefix keep a distance). */
      readonly notBefore: EpochMs;
    }
  /** Tell a router to keep the change that it would take back by itself, or to take it back now; then read it. */
  | {
      readonly type: 'confirm-routes' | 'cancel-routes';
      readonly id: string;
      readonly router: string;
    }
  /** See through the data path who answers for the site at its own addresses: our notice, or the origin. */
  | {
      readonly type: 'prove';
      readonly id: string;
      readonly site: string;
      readonly addresses: readonly string[];
      readonly generation: number;
      readonly expect: 'notice' | 'origin';
    }
  /** Probe these sites at once: a second opinion before acting. */
  | { readonly type: 'probe-now'; readonly sites: readonly string[] }
  | { readonly type: 'read-routes'; readonly router: string }
  | { readonly type: 'record-incident'; readonly incident: Incident }
  | { readonly type: 'send-alert'; readonly alert: Alert }
  | { readonly type: 'append-audit'; readonly entry: AuditEntry }
  /** Give this site the small page while its rule says it is flooded. */
  | { readonly type: 'limit-site'; readonly site: string; readonly isLimited: boolean }
  /** Have every notice host drop the packets of this source for a while, unless it stands for many or is needed. */
  | {
      readonly type: 'block-source';
      readonly site: string;
      readonly source: string;
      readonly forMs: number;
    };

/** The number in the id of an acting command, which grows with each decision; undefined for an id of another form. */
export function decisionNumber(id: string): number | undefined {
  const [, digits] = /^c(\d{1,15})$/.exec(id) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Commands that can change a router or show the public something. They run only after their intent is durable. */
export type ActingCommand = Extract<Command, { readonly id: string }>;
