import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TelnetTransportSettings } from '../../../config/settings.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { DeviceStream } from '../../../ports/transport.ts';
import { Inbound } from '../inbound.ts';
import { asTelnet, IacFilter } from './iac-filter.ts';

/** What was sent last may still be on its way for so long. */
const goodbyeMs = 1_000;

/** A telnet connection as a two-way stream of what is said, without the protocol around it. */
export class TelnetStream implements DeviceStream {
  readonly #socket: Duplex;
  readonly #inbound: Inbound;

  constructor(socket: Duplex, place: string) {
    this.#socket = socket;
    this.#inbound = new Inbound(place, () => socket.destroy());
    const filter = new IacFilter();
    socket.on('data', (chunk: Buffer) => {
      const { text, reply } = filter.feed(chunk);
      if (reply.length > 0 && socket.writable) {
        socket.write(reply);
      }
      this.#inbound.push(text);
    });
    socket.on('error', (cause) => {
      this.#inbound.fail(
        new DetourError(`The connection to ${place} was lost in the middle of a dialogue`, {
          code: 'DETOUR_TRANSPORT_LOST',
          retryable: true,
          cause,
        }),
      );
    });
    socket.on('close', () => this.#inbound.end());
  }

  send(text: string): void {
    if (this.#socket.writable) {
      this.#socket.write(asTelnet(text));
    }
  }

  receive(signal: AbortSignal): Promise<Buffer | undefined> {
    return this.#inbound.receive(signal);
  }

  /** Puts something back to be received first; nothing else may be waiting. */
  unread(text: string): void {
    this.#inbound.push(Buffer.from(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#inbound.end();
    this.#socket.end();
    // A device that does not take the goodbye must not keep the socket.
    setTimeout(() => this.#socket.destroy(), goodbyeMs).unref();
  }
}

/** Connects; rejects with DETOUR_TRANSPORT_CONNECT_FAILED, or DETOUR_TRANSPORT_TIMEOUT when the signal ends it. */
export function connectTelnet(
  { host, port }: TelnetTransportSettings,
  signal: AbortSignal,
): Promise<TelnetStream> {
  const place = `${host} port ${port}`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      act();
    };
    const onError = (cause: Error): void =>
      settle(() => {
        const message = `Could not connect to ${place}`;
        const code = 'DETOUR_TRANSPORT_CONNECT_FAILED';
        reject(new DetourError(message, { code, retryable: true, cause }));
      });
    const onAbort = (): void =>
      settle(() => {
        socket.destroy();
        const message = `No connection to ${place} in time`;
        const code = 'DETOUR_TRANSPORT_TIMEOUT';
        reject(new DetourError(message, { code, retryable: true, cause: signal.reason }));
      });
    socket.once('error', onError);
    socket.once('connect', () => settle(() => resolve(new TelnetStream(socket, place))));
    if (signal.aborted) {
      onAbort();
    } else {
      signal.addEventListener('abort', onAbort, { once: true });
    }
  });
}
