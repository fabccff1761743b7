import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** 10 s unless said. */
  readonly timeoutMs?: number;
  /** 20 ms unless said; and never less than the look itself took, so that waiting takes half a core at most. */
  readonly everyMs?: number;
}

/** Waits until `look` gives something other than undefined or false, and gives that back; `what` names it in the error. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = 10_000, everyMs = 20 }: UntilOptions = {},
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let trouble: unknown;
  while (performance.now() < end) {
    const lookedAt = performance.now();
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) {
        return seen;
      }
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    await delay(Math.max(everyMs, performance.now() - lookedAt));
  }
  throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause: trouble });
}
