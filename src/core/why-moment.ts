import { formatDuration } from '../lib/duration.ts';
import { isoTime } from '../lib/iso-time.ts';
import type { EpochMs } from '../lib/time.ts';

/** `14:03:20Z (in 2m)`; past moments say that they are due. */
export function moment(at: EpochMs, now: EpochMs): string {
  const rest = Math.round((at - now) / 1_000) * 1_000;
  return rest <= 0 ? `${isoTime(at)} (due now)` : `${isoTime(at)} (in ${formatDuration(rest)})`;
}
