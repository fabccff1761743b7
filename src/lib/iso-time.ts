import type { EpochMs } from './time.ts';

/** A moment as ISO 8601 in UTC to the second, for audit lines and messages. */
export function isoTime(at: EpochMs): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
