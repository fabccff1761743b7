import { errorCode } from '../../lib/errors.ts';
import { waitWithin } from './wait-within.ts';

/** A lock that a person holds lasts minutes, one that a script holds a second: more tries than this are in vain. */
const tries = 3;

/** Between two tries; two controllers that wait for each other must not do so in step. */
const pauseMs = { least: 400, most: 1_200 };

/** Tries an act again while it meets a lock; the last refusal, which names the holder, is thrown. */
export async function whileLocked<Result>(
  signal: AbortSignal,
  act: () => Promise<Result>,
): Promise<Result> {
  for (let left = tries - 1; left > 0; left -= 1) {
    try {
      return await act();
    } catch (error) {
      if (errorCode(error) !== 'DETOUR_ROUTER_LOCKED') {
        throw error;
      }
    }
    const { least, most } = pauseMs;
    await waitWithin(signal, least + Math.random() * (most - least));
  }
  return await act();
}
