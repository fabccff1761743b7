import { setTimeout as delay } from 'node:timers/promises';

/** Waits so long; rejects with the signal's own reason when that is aborted before, and not with an error of the timer. */
export async function waitWithin(signal: AbortSignal, ms: number): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
