import type { NoticeOrder } from '../../../core/command.ts';
import type { EpochMs } from '../../../lib/time.ts';
import type { NoticeText } from '../../../ports/notice-text.ts';

/** The words of one notice, and the recovery time in force. */
export interface NoticeWords {
  readonly text: NoticeText;
  readonly expectedRecoveryAt?: EpochMs;
}

/**
 * Finds the words for a site's notice. Under a mass incident the words that all share come first, as what a person
 * wrote for this site was written for another day; who to turn to and the logo stay the site's own.
 * A recovery time from before this failure was promised for another one.
 */
export function noticeWords(order: NoticeOrder, own: NoticeText, mass: NoticeText): NoticeWords {
  const shared = order.isMass === true ? mass : {};
  const { contact = shared.contact, logo = shared.logo } = own;
  const message = shared.message ?? own.message;
  const urls = new Set(shared.links?.map(({ url }) => url));
  const links = [...(shared.links ?? []), ...(own.links ?? []).filter(({ url }) => !urls.has(url))];
  const text: NoticeText = {
    ...(message === undefined ? {} : { message }),
    ...(contact === undefined ? {} : { contact }),
    ...(logo === undefined ? {} : { logo }),
    ...(links.length === 0 ? {} : { links }),
  };
  const at = order.expectedRecoveryAt ?? shared.expectedRecoveryAt;
  return at !== undefined && at > order.since ? { text, expectedRecoveryAt: at } : { text };
}
