import type { Settings } from '../../config/settings.ts';

/** One thing that the doctor found. Only `BAD` keeps Detour from its work; a `note` is worth knowing. */
export interface Finding {
  readonly verdict: 'good' | 'note' | 'BAD';
  /** What was found and, unless it is good, what to do. */
  readonly text: string;
}

/** Looks at one side of this host. Changes nothing, leaves nothing open, and ends by itself. */
export type Check = (settings: Settings) => Promise<readonly Finding[]>;

export const good = (text: string): Finding => ({ verdict: 'good', text });

export const note = (text: string): Finding => ({ verdict: 'note', text });

export const bad = (what: string, remedy: string): Finding => ({
  verdict: 'BAD',
  text: `${what} - ${remedy}`,
});
