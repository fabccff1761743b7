import { DetourError, type ErrorCode } from '../lib/errors.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * Runs an act under a time limit. When the limit passes the signal is aborted and the promise rejects at once,
 * even if the act itself never returns: a hung device must not hold the others up.
 */
export async function withDeadline<Result>(
  clock: Clock,
  limit: { readonly ms: number; readonly what: string; readonly code: ErrorCode },
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = clock.setTimer(limit.ms, () => {
    const error = new DetourError(`${limit.what} took longer than ${limit.ms / 1000} s`, {
      code: limit.code,
      retryable: true,
    });
    abort.abort(error);
    reject(error);
  });
  // Without a listener a rejection after the act has won would count as unhandled.
  promise.catch(() => undefined);
  try {
    return await Promise.race([act(abort.signal), promise]);
  } finally {
    timer.cancel();
  }
}

/** Resolves after a time on the given clock. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(ms, () => {
      resolve();
    });
  });
}
