import { minute } from '../../lib/time.ts';

/** Devices that count whole minutes: at least one, rounded up. */
export function undoMinutes(undoAfterMs: number): number {
  return Math.max(1, Math.ceil(undoAfterMs / minute));
}
