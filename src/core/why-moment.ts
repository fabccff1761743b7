import { isoTime } from '../lib/iso-time.ts';
import type { EpochMs } from '../lib/time.ts';
import type { WhyWords } from './why-words-en.ts';

/** `14:03:20Z (in 2m)`; past moments say that they are due. */
export function moment(
  at: EpochMs,
  { now, words }: { readonly now: EpochMs; readonly words: WhyWords },
): string {
  const rest = Math.round((at - now) / 1_000) * 1_000;
  const distance = rest <= 0 ? words.dueNow : words.in(words.duration(rest));
  return `${isoTime(at)} ${distance}`;
}
