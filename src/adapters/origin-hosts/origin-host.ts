import type { HostFacts } from '../../core/facts.ts';
import { DetourError } from '../../lib/errors.ts';
import { second } from '../../lib/time.ts';
import type { OriginHost } from '../../ports/origin-host.ts';
import type { Transport } from '../../ports/transport.ts';
import { fetchPinned } from '../pinned-http/pinned-fetch.ts';
import { measurementCommand, partsOf } from './measurement-command.ts';
import {
  connectionFacts,
  loadFacts,
  memoryFacts,
  statusFacts,
  type WebServer,
} from './read-figures.ts';

/** A machine that needs longer is no help in an outage; the next measurement asks again. */
const timeoutMs = 8 * second;

/** Measures a machine over a shell on it. Opens nothing before the first measurement. */
export function openShellHost(
  transport: Transport,
  { statusUrl, ...server }: WebServer & { readonly statusUrl?: string },
): OriginHost {
  const command = measurementCommand(statusUrl);
  return {
    measure: async (signal): Promise<HostFacts> => {
      const { stdout } = await transport.exec(command, { timeoutMs, signal });
      const parts = partsOf(stdout);
      const connections = parts.get('connections');
      if (connections === undefined) {
        throw new DetourError('The origin host answered something else than its figures', {
          code: 'DETOUR_ORIGIN_HOST_UNREADABLE',
          detail: stdout.slice(0, 500),
        });
      }
      return {
        ...loadFacts(parts.get('load') ?? ''),
        ...connectionFacts(connections, server),
        ...memoryFacts(parts.get('memory') ?? '', server),
        ...statusFacts(parts.get('status') ?? ''),
      };
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await transport[Symbol.asyncDispose]();
    },
  };
}

/** Measures a machine by Apache's status page alone, at an address: no name is resolved on the way. */
export function openStatusHost(statusUrl: string, userAgent: string): OriginHost {
  const url = new URL(statusUrl);
  const address = url.hostname.replace(/^\[|\]$/g, '');
  return {
    measure: async (signal): Promise<HostFacts> => {
      const { body, error } = await fetchPinned({
        url,
        address,
        userAgent,
        wantsBody: ({ status }) => status === 200,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        monotonicMs: () => performance.now(),
      });
      const facts = statusFacts(body.toString('latin1'));
      if (facts.maxWorkers === undefined) {
        throw new DetourError(`${statusUrl} is no status page of Apache`, {
          code: 'DETOUR_ORIGIN_HOST_UNREADABLE',
          ...(error === undefined ? {} : { cause: error }),
        });
      }
      return facts;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
