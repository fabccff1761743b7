import type { EpochMs } from '../lib/time.ts';

/** What a person adds to a site's notice. Texts are plain text by language (`ko`, `en`). */
export interface NoticeText {
  /** Replaces the sentence that the cause would pick. */
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
