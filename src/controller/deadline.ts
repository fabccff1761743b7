import { DetourError, type ErrorCode } from '../lib/errors.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * Runs an act under a time limit. When the limit passes the signal is aborted and the promise rejects at once,
 * even if the act itself never returns: a hung device must not hold the others up.
 */
export async function withDeadline<Result>(
  clock: Clock,
  limit: {
    readonly ms: number;
    readonly what: string;
    readonly code: ErrorCode;
    /** Ends the act before its time, with this signal's own reason. */
    readonly stop?: AbortSignal;
  },
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (error: unknown): void => {
    abort.abort(error);
    reject(error);
  };
  const timer = clock.setTimer(limit.ms, () => {
    const message = `${limit.what} took longer than ${limit.ms / 1000} s`;
    end(new DetourError(message, { code: limit.code, retryable: true }));
  });
  const onStop = (): void => end(limit.stop?.reason);
  limit.stop?.addEventListener('abort', onStop, { once: true });
  // Without a listener a rejection after the act has won would count as unhandled.
  promise.catch(() => undefined);
  try {
    const result = await Promise.race([act(abort.signal), promise]);
    // An act that ended in the same breath did not hear that it was given up.
    abort.signal.throwIfAborted();
    return result;
  } finally {
    timer.cancel();
    limit.stop?.removeEventListener('abort', onStop);
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
