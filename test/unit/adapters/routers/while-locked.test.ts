import { describe, expect, it } from 'vitest';
import { whileLocked } from '../../../../src/adapters/routers/while-locked.ts';
import { DetourError } from '../../../../src/lib/errors.ts';

describe('an act that meets a lock', () => {
  it('is given up in the middle of the wait with the reason of whoever gave it up', async () => {
    const limit = new AbortController();
    const reason = new DetourError('The apply on edge-1 took longer than 30 s', {
      code: 'DETOUR_TRANSPORT_TIMEOUT',
      retryable: true,
    });
    const meetLock = (): Promise<never> => {
      // By the time of the abort it waits for its next try.
      setImmediate(() => limit.abort(reason));
      return Promise.reject(new DetourError('lee holds it', { code: 'DETOUR_ROUTER_LOCKED' }));
    };

    const given = whileLocked(limit.signal, meetLock);

    await expect(given).rejects.toBe(reason);
  });
});
