import { DetourError } from '../../lib/errors.ts';
import type { ExecResult } from '../../ports/transport.ts';
import { transcript } from './transcript.ts';

/**
 * Passes on the result of a command that changes a router. One that ended without an exit code was killed over there, and
 * may have done anything before: that throws DETOUR_TRANSPORT_LOST, so that whoever asked reads before saying what stands.
 */
export function expectAnswered(router: string, sent: string, result: ExecResult): ExecResult {
  if (result.exitCode === null) {
    throw new DetourError(`A command on ${router} ended without saying how it went`, {
      code: 'DETOUR_TRANSPORT_LOST',
      retryable: true,
      detail: transcript(sent, result),
    });
  }
  return result;
}
