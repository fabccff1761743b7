import { operationMs, type RouterRunner } from '../../src/controller/router-runner.ts';
import type { CommandOutcome } from '../../src/core/event.ts';
import type { Route } from '../../src/core/route-plan.ts';
import type { ManualClock } from '../fakes/manual-clock.ts';
import { until } from './until.ts';

/** The end state of every fault must be known within this (research on reliability, H3). */
const limitMs = 90_000;

export interface Played {
  readonly outcome: CommandOutcome;
  readonly tookMs: number;
}

export interface SyncStage {
  readonly runner: RouterRunner;
  readonly clock: ManualClock;
  /** The one route that the stage is about. */
  readonly prefix: string;
}

/** Brings a router to these routes; one that is stuck meets the limit of an operation. */
export async function playSync(
  { runner, clock, prefix }: SyncStage,
  desired: readonly Route[],
  isStuck?: () => boolean,
): Promise<Played> {
  // Past the pace of new diversions.
  clock.advance(60_000);
  const startedAt = clock.monotonicMs();
  const syncing = runner.sync({
    type: 'sync-routes',
    id: 'c1',
    router: 'edge-1',
    desired,
    ledger: [prefix],
    isOrdered: false,
    activeLimit: 10,
    decidedAt: clock.now(),
    notBefore: 0,
  });
  if (isStuck !== undefined) {
    await until('the router to be stuck', isStuck, { timeoutMs: 40_000 });
    clock.advance(operationMs);
  }
  return { outcome: await syncing, tookMs: clock.monotonicMs() - startedAt };
}

/** The same; throws when it took too long. */
export async function playSyncInTime(
  ...given: Parameters<typeof playSync>
): Promise<CommandOutcome> {
  const { outcome, tookMs } = await playSync(...given);
  if (tookMs > limitMs) {
    throw new Error(`Nobody knew for more than ${limitMs} ms what became of a change`);
  }
  return outcome;
}
