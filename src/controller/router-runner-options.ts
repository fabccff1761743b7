import type { Command } from '../core/command.ts';
import type { RouterSpec } from '../core/site.ts';
import type { Log } from '../lib/log.ts';
import type { ControlMetrics } from '../metrics/control-metrics.ts';
import type { Clock } from '../ports/clock.ts';
import type { Conversation } from '../ports/conversation.ts';
import type { RouteDriver } from '../ports/route-driver.ts';
import type { RouterLease } from './router-lease.ts';
import type { RunnerGuard } from './runner-guard.ts';
import type { Transcript } from './transcripts.ts';

export type SyncRoutes = Extract<Command, { type: 'sync-routes' }>;

/** Everything that the runner of one router works with. */
export interface RouterRunnerOptions {
  readonly spec: () => RouterSpec | undefined;
  readonly driver: RouteDriver;
  readonly clock: Clock;
  readonly guard: RunnerGuard;
  /** True while this controller may write. */
  readonly mayAct: () => boolean;
  /** The term in which this controller leads; undefined where no other can be, and for what a person does without a lease. */
  readonly term?: () => number | undefined;
  /** What the router takes back by itself when nobody renews it; without it nothing. */
  readonly lease?: RouterLease;
  /** True while the core still wants what the command says. */
  readonly isStillWanted: (command: SyncRoutes) => boolean;
  readonly metrics: ControlMetrics;
  readonly log: Log;
  /** What is said to the router; without it only errors tell. */
  readonly conversation?: Conversation;
  /** Takes what was said during each operation that changed the router or failed. */
  readonly note?: (said: Transcript) => void;
  /** Nothing begins before this has ended: a runner that takes over waits for the one before. */
  readonly after?: Promise<void>;
}
