import { type EpochMs, minute } from '../../lib/time.ts';

/** Wrong tokens from one source within a minute before it has to wait. */
export const maxFailedAttempts = 5;

/** Sources remembered at once; the oldest goes first, so memory stays bounded under a spray. */
export const maxRememberedSources = 10_000;

/** Counts wrong tokens by source address. */
export interface FailedAttempts {
  /** Milliseconds the source still has to wait; 0 when it may try. */
  waitMs(source: string, now: EpochMs): number;
  record(source: string, now: EpochMs): void;
  /** Remembers that this token was right from this source. */
  recordSuccess(source: string, token: string): void;
  /** True when this token was right from this source before. */
  isKnown(source: string, token: string): boolean;
}

function evictOldest(map: {
  readonly size: number;
  keys(): Iterator<string>;
  delete(key: string): boolean;
}): void {
  if (map.size > maxRememberedSources) {
    const oldest = map.keys().next();
    if (oldest.done !== true) {
      map.delete(oldest.value);
    }
  }
}

/** Opens an empty count. */
export function openFailedAttempts(): FailedAttempts {
  const failures = new Map<string, readonly EpochMs[]>();
  const known = new Set<string>();
  const recent = (source: string, now: EpochMs): readonly EpochMs[] =>
    (failures.get(source) ?? []).filter((at) => now - at < minute && at <= now);
  return {
    waitMs: (source, now): number => {
      const times = recent(source, now);
      const first = times[0];
      return first === undefined || times.length < maxFailedAttempts ? 0 : first + minute - now;
    },
    record: (source, now): void => {
      const times = [...recent(source, now), now].slice(-maxFailedAttempts);
      failures.delete(source);
      failures.set(source, times);
      evictOldest(failures);
    },
    recordSuccess: (source, token): void => {
      known.add(`${source} ${token}`);
      evictOldest(known);
    },
    isKnown: (source, token) => known.has(`${source} ${token}`),
  };
}
