import type { EpochMs } from '../lib/time.ts';

/** Among the texts of sites, the name of the one that all notices of a mass incident share; no site can have it. */
export const massTextName = '*';

/** What a person adds to a site's notice, by language (`ko`, `en`). */
export interface NoticeText {
  /** Markdown; replaces the sentence that the cause would pick. */
  readonly message?: Readonly<Record<string, string>>;
  readonly contact?: string;
  readonly links?: readonly {
    readonly url: string;
    readonly label: Readonly<Record<string, string>>;
  }[];
  /** `data:` URL of a PNG, JPEG or WebP of at most 8 kB, checked by its magic bytes. */
  readonly logo?: string;
  readonly expectedRecoveryAt?: EpochMs;
}
