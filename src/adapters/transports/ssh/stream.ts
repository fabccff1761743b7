import type { Client, ClientChannel } from 'ssh2';
import { DetourError } from '../../../lib/errors.ts';
import type { DeviceStream, StreamKind } from '../../../ports/transport.ts';
import { Inbound } from '../inbound.ts';

/** Wide enough that no line of ours is ever wrapped or scrolled; `dumb` promises that we draw nothing. */
const terminal = { term: 'dumb', cols: 511, rows: 1_000 };

/** What was sent last may still be on its way for so long. */
const goodbyeMs = 1_000;

/** Opens a shell or a subsystem on a connection that nobody else uses; the connection ends with the stream. */
export async function openChannelStream(
  client: Client,
  kind: StreamKind,
  { place, signal }: { readonly place: string; readonly signal: AbortSignal },
): Promise<DeviceStream> {
  const channel = await openChannel(client, kind, { place, signal });
  return new ChannelStream(client, channel, place);
}

class ChannelStream implements DeviceStream {
  readonly #client: Client;
  readonly #channel: ClientChannel;
  readonly #inbound: Inbound;

  constructor(client: Client, channel: ClientChannel, place: string) {
    this.#client = client;
    this.#channel = channel;
    const inbound = new Inbound(place, () => client.destroy());
    this.#inbound = inbound;
    channel.on('data', (chunk: Buffer) => inbound.push(chunk));
    channel.stderr.on('data', (chunk: Buffer) => inbound.push(chunk));
    // The close that follows tells the same story.
    channel.on('error', () => undefined);
    channel.on('close', () => inbound.end());
    client.on('error', (error) => inbound.fail(lost(place, error)));
    client.on('close', () => inbound.fail(lost(place)));
  }

  send(text: string): void {
    if (this.#channel.writable) {
      this.#channel.write(text);
    }
  }

  receive(signal: AbortSignal): Promise<Buffer | undefined> {
    return this.#inbound.receive(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#inbound.end();
    this.#client.end();
    // A device that does not take the goodbye must not keep the socket.
    setTimeout(() => this.#client.destroy(), goodbyeMs).unref();
  }
}

function openChannel(
  client: Client,
  kind: StreamKind,
  { place, signal }: { readonly place: string; readonly signal: AbortSignal },
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      client.off('close', onLost);
      client.off('error', onLost);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onLost = (error?: Error): void => settle(() => reject(refused(place, kind, error)));
    const onAbort = (): void => settle(() => reject(stopped(place, kind, signal.reason)));
    const onChannel = (error: Error | undefined, channel: ClientChannel): void =>
      error === undefined ? settle(() => resolve(channel)) : onLost(error);
    client.on('close', onLost);
    client.on('error', onLost);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (kind === 'shell') {
        client.shell(terminal, onChannel);
      } else {
        client.subsys(kind, onChannel);
      }
    } catch (error) {
      onLost(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

const lost = (place: string, cause?: Error): DetourError =>
  new DetourError(`The connection to ${place} was lost in the middle of a dialogue`, {
    code: 'DETOUR_TRANSPORT_LOST',
    retryable: true,
    cause,
  });

const refused = (place: string, kind: StreamKind, cause?: Error): DetourError =>
  new DetourError(`${place} opened no ${kind} channel`, {
    code: 'DETOUR_TRANSPORT_CONNECT_FAILED',
    retryable: true,
    cause,
  });

const stopped = (place: string, kind: StreamKind, cause: unknown): DetourError =>
  new DetourError(`${place} opened no ${kind} channel in time`, {
    code: 'DETOUR_TRANSPORT_TIMEOUT',
    retryable: true,
    cause,
  });
