import { DetourError } from '../../lib/errors.ts';

/** Few callers wait at once: the runner of one router and a person who looks. More is a fault. */
const waitingLimit = 16;

/** Runs acts one after another, in the order of asking, whatever became of the one before. */
export type Turnstile = <Result>(act: () => Promise<Result>) => Promise<Result>;

/** Opens a turnstile; rejects with DETOUR_TRANSPORT_TIMEOUT when too many already wait. */
export function openTurnstile(place: string): Turnstile {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (act) => {
    if (waiting >= waitingLimit) {
      throw new DetourError(`${waitingLimit} commands already wait for ${place}`, {
        code: 'DETOUR_TRANSPORT_TIMEOUT',
        retryable: true,
      });
    }
    waiting += 1;
    const turn = last.then(act, act);
    last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      waiting -= 1;
    }
  };
}
