import type { ControlNews } from '../../controller/control.ts';

/** News kept for clients that come back: some minutes of a busy day. */
export const maxKeptNews = 1_000;

/** One piece of news with the id that a client may come back with. */
export interface KeptNews {
  readonly id: string;
  readonly news: ControlNews;
}

/** The last pieces of news of this process. */
export interface NewsRing {
  add(news: ControlNews): KeptNews;
  /** What came after an id, oldest first; undefined when the ring cannot say (another process, or too long ago). */
  after(id: string): readonly KeptNews[] | undefined;
  /** The id of the newest piece; the start of the process if there is none. */
  newestId(): string;
}

/** Opens an empty ring. The epoch tells this process's ids from those of the one before. */
export function openNewsRing(epoch: string, size: number = maxKeptNews): NewsRing {
  const kept: KeptNews[] = [];
  let count = 0;
  return {
    add: (news): KeptNews => {
      count += 1;
      const entry = { id: `${epoch}-${count}`, news };
      kept.push(entry);
      if (kept.length > size) {
        kept.shift();
      }
      return entry;
    },
    after: (id): readonly KeptNews[] | undefined => {
      const match = /^([a-z0-9]+)-(\d{1,15})$/.exec(id);
      const number = Number(match?.[2]);
      const isKnown = match?.[1] === epoch && number <= count && number >= count - kept.length;
      return isKnown ? kept.slice(kept.length - (count - number)) : undefined;
    },
    newestId: () => `${epoch}-${count}`,
  };
}
