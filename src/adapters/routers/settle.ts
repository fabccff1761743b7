import { waitWithin } from './wait-within.ts';

/** Speakers and daemons answer before a change has gone everywhere: look again so often. */
const everyMs = 50;

/**
 * Looks until a change is in effect, but no more often than `looks` says. It proves nothing: whoever reads next sees how
 * the routes stand.
 */
export async function settle(
  isInEffect: () => Promise<boolean>,
  looks: number,
  signal: AbortSignal,
): Promise<void> {
  for (let look = 1; look <= looks; look += 1) {
    if (await isInEffect()) {
      return;
    }
    await waitWithin(signal, everyMs);
  }
}
