import type { TransportSettings } from '../../config/settings.ts';
import { assertNever } from '../../lib/assert-never.ts';
import type { Transport } from '../../ports/transport.ts';
import { openGrpcTransport } from './grpc/transport.ts';
import { openLocalTransport } from './local/transport.ts';
import { openSshTransport } from './ssh/transport.ts';
import { openTelnetTransport } from './telnet/transport.ts';
import { neverStill, type TransportHooks } from './transport-hooks.ts';
import { wakefulTransport } from './wakeful.ts';

/** Opens the transport that a router's settings ask for; nothing is connected before its first command. */
export function openTransport(settings: TransportSettings, hooks: TransportHooks = {}): Transport {
  return wakefulTransport(openBare(settings, hooks), hooks.standstills ?? neverStill);
}

function openBare(settings: TransportSettings, hooks: TransportHooks): Transport {
  switch (settings.type) {
    case 'ssh':
      return openSshTransport(settings, hooks);
    case 'telnet':
      return openTelnetTransport(settings);
    case 'grpc':
      return openGrpcTransport();
    case 'local':
      return openLocalTransport();
    default:
      return assertNever(settings);
  }
}
