import { DetourError } from '../../../lib/errors.ts';
import type { Transport } from '../../../ports/transport.ts';

/** A place for drivers that make calls of their own; it carries neither commands nor streams. */
export function openGrpcTransport(): Transport {
  const refuse = async (): Promise<never> => {
    throw new DetourError(
      'A transport of type grpc carries no commands: use a driver that makes calls',
      {
        code: 'DETOUR_CONFIG_INVALID',
      },
    );
  };
  return {
    exec: refuse,
    openStream: refuse,
    [Symbol.asyncDispose]: async (): Promise<void> => undefined,
  };
}
