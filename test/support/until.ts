import { setTimeout as delay } from 'node:timers/promises';

const mostRestMs = 100;

export interface UntilOptions {
  /** 10 s unless said. */
  readonly timeoutMs?: number;
  /** 20 ms unless said; a look that takes longer itself is repeated after as long again, up to 100 ms. */
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
    // Looks that run a program would keep a core busy otherwise, which others need to bring about what is waited for.
    await delay(Math.max(everyMs, Math.min(performance.now() - lookedAt, mostRestMs)));
  }
  throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause: trouble });
}
