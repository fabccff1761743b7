import { day, type EpochMs, hour, minute } from '../lib/time.ts';

/** Orders in a row that brought no certificate for one hostname. */
export interface FailedOrders {
  readonly failures: number;
  readonly lastAt: EpochMs;
}

/** What is remembered of orders, so that no restart forgets how often an authority was asked. Plain JSON. */
export interface OrderMemory {
  /** When orders were placed within the last hour. */
  readonly placedAt: readonly EpochMs[];
  /** By hostname. An order counts as failed from the moment it is placed until it has brought a certificate. */
  readonly failed: Readonly<Record<string, FailedOrders>>;
  /** By hostname: when a certificate was issued, within the last day. */
  readonly issuedAt: Readonly<Record<string, EpochMs>>;
}

export const noOrders: OrderMemory = { placedAt: [], failed: {}, issuedAt: {} };

/** Pause after the first failure; it doubles with each one. Public authorities allow about five failures an hour and name. */
const firstPauseMs = 15 * minute;
const longestPauseMs = day;

/** A hostname that got a certificate gets no other for this long, even if nobody uses the first: then something else is wrong. */
const afterIssueMs = day;

/** How long a hostname waits after so many failures in a row. */
export function orderPauseMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
}

/** True when a certificate for this hostname may be ordered now. */
export function mayOrder(
  { placedAt, failed, issuedAt }: OrderMemory,
  hostname: string,
  { now, perHour }: { readonly now: EpochMs; readonly perHour: number },
): boolean {
  const { failures, lastAt } = failed[hostname] ?? { failures: 0, lastAt: now };
  const issued = issuedAt[hostname];
  return (
    placedAt.filter((at) => at > now - hour).length < perHour &&
    now - lastAt >= orderPauseMs(failures) &&
    (issued === undefined || now - issued >= afterIssueMs)
  );
}

/** The memory with one more order in it. */
export function withOrder(memory: OrderMemory, hostname: string, now: EpochMs): OrderMemory {
  const failures = (memory.failed[hostname]?.failures ?? 0) + 1;
  return {
    ...memory,
    placedAt: [...memory.placedAt.filter((at) => at > now - hour), now],
    failed: { ...memory.failed, [hostname]: { failures, lastAt: now } },
  };
}

/** The memory after the last order for a hostname has brought a certificate. */
export function withIssue(memory: OrderMemory, hostname: string, now: EpochMs): OrderMemory {
  const { [hostname]: _, ...failed } = memory.failed;
  const recent = Object.entries(memory.issuedAt).filter(([, at]) => now - at < afterIssueMs);
  return { ...memory, failed, issuedAt: { ...Object.fromEntries(recent), [hostname]: now } };
}
