import type { Client } from 'ssh2';
import type { SshTransportSettings } from '../../../config/settings.ts';
import { DetourError } from '../../../lib/errors.ts';
import type {
  DeviceStream,
  ExecOptions,
  ExecResult,
  StreamKind,
  Transport,
} from '../../../ports/transport.ts';
import { openTurnstile } from '../one-at-a-time.ts';
import { connectSsh, type OnOldAlgorithms } from './connect.ts';
import { execOnChannel } from './exec-channel.ts';
import { openChannelStream } from './stream.ts';

/**
 * Opens a transport over SSH. For commands it connects on first use, keeps one connection, opens one channel at a time
 * (many switches allow no more), and connects again on the next use after a loss. A stream has its own connection.
 * Nothing is sent to a device whose host key is not pinned.
 */
export function openSshTransport(
  settings: SshTransportSettings,
  onOldAlgorithms?: OnOldAlgorithms,
): Transport {
  return new SshTransport(settings, onOldAlgorithms);
}

class SshTransport implements Transport {
  readonly #settings: SshTransportSettings;
  readonly #place: string;
  readonly #inTurn: ReturnType<typeof openTurnstile>;
  readonly #closing = new AbortController();
  readonly #onOldAlgorithms: OnOldAlgorithms | undefined;
  #client: Client | undefined;

  constructor(settings: SshTransportSettings, onOldAlgorithms: OnOldAlgorithms | undefined) {
    this.#settings = settings;
    this.#onOldAlgorithms = onOldAlgorithms;
    this.#place = `${settings.host} port ${settings.port}`;
    this.#inTurn = openTurnstile(this.#place);
  }

  async exec(command: string, options: ExecOptions): Promise<ExecResult> {
    const signal = AbortSignal.any([
      options.signal,
      this.#closing.signal,
      AbortSignal.timeout(options.timeoutMs),
    ]);
    return await this.#inTurn(async () => {
      if (signal.aborted) {
        throw new DetourError(`The command for ${this.#place} was given up before it was sent`, {
          code: 'DETOUR_TRANSPORT_TIMEOUT',
          retryable: true,
          cause: signal.reason,
        });
      }
      const client = await this.#connected(signal);
      try {
        return await execOnChannel(client, command, { ...options, signal, place: this.#place });
      } catch (error) {
        // A channel that did not end cleanly may hang on the device for ever; a new connection never meets it.
        this.#drop(client);
        throw error;
      }
    });
  }

  async openStream(kind: StreamKind, signal: AbortSignal): Promise<DeviceStream> {
    const either = AbortSignal.any([signal, this.#closing.signal]);
    const client = await connectSsh(this.#settings, either, this.#onOldAlgorithms);
    try {
      return await openChannelStream(client, kind, { place: this.#place, signal: either });
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the transport is closed'));
    await this.#inTurn(async () => {
      this.#client?.end();
      this.#client = undefined;
    });
  }

  async #connected(signal: AbortSignal): Promise<Client> {
    if (this.#client === undefined) {
      const client = await connectSsh(this.#settings, signal, this.#onOldAlgorithms);
      client.on('close', () => this.#drop(client));
      client.on('error', () => this.#drop(client));
      this.#client = client;
    }
    return this.#client;
  }

  #drop(client: Client): void {
    if (this.#client === client) {
      this.#client = undefined;
    }
    client.destroy();
  }
}
