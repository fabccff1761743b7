import type { EpochMs } from '../lib/time.ts';
import type { NoticeText } from '../ports/notice-text.ts';
import type { Store } from '../ports/store.ts';
import type { NoticeVersion } from './control.ts';

/** Versions kept of each notice: months of changes, and no more than a few hundred kB even with a logo in each. */
export const maxVersions = 30;

/** Reads what the store kept; undefined when the document is not a history. */
export type ParseHistory = (value: unknown) => readonly NoticeVersion[] | undefined;

/** Earlier words of notices, one document for each site. */
export class NoticeHistory {
  readonly #store: Store;
  readonly #parse: ParseHistory;

  constructor(store: Store, parse: ParseHistory) {
    this.#store = store;
    this.#parse = parse;
  }

  /** Newest first. Rejects with DETOUR_STORE_UNAVAILABLE. */
  async versions(site: string): Promise<readonly NoticeVersion[]> {
    const { versions } = await this.#read(site);
    return versions.toReversed();
  }

  /** Adds the words that hold from now on. Rejects with DETOUR_STORE_CONFLICT when somebody else changed them at the same time. */
  async add(
    site: string,
    words: { readonly text: NoticeText; readonly author: string; readonly at: EpochMs },
  ): Promise<void> {
    const { versions, stored } = await this.#read(site);
    const version = (versions.at(-1)?.version ?? 0) + 1;
    const kept = [...versions, { ...words, version }].slice(-maxVersions);
    await this.#store.put('notice-history', site, { versions: kept }, stored);
  }

  async #read(
    site: string,
  ): Promise<{ readonly versions: readonly NoticeVersion[]; readonly stored: number }> {
    const document = await this.#store.get('notice-history', site);
    return {
      versions: document === undefined ? [] : (this.#parse(document.value) ?? []),
      stored: document?.version ?? 0,
    };
  }
}
