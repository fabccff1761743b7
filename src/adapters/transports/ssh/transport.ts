import type { Client } from 'ssh2';
import type { SshTransportSettings } from '../../../config/settings.ts';
import { DetourError } from '../../../lib/errors.ts';
import type {
  CountStandstills,
  DeviceStream,
  ExecOptions,
  ExecResult,
  StreamKind,
  Transport,
} from '../../../ports/transport.ts';
import { openTurnstile } from '../one-at-a-time.ts';
import { neverStill, type TransportHooks } from '../transport-hooks.ts';
import { connectSsh } from './connect.ts';
import { execOnChannel } from './exec-channel.ts';
import { openChannelStream } from './stream.ts';

/**
 * Opens a transport over SSH. For commands it connects on first use, keeps one connection, opens one channel at a time
 * (many switches allow no more), and connects again on the next use after a loss. A stream has its own connection.
 * Nothing is sent to a device whose host key is not pinned, and nothing over a connection from before a standstill.
 */
export function openSshTransport(
  settings: SshTransportSettings,
  hooks: TransportHooks = {},
): Transport {
  return new SshTransport(settings, hooks);
}

class SshTransport implements Transport {
  readonly #settings: SshTransportSettings;
  readonly #place: string;
  readonly #inTurn: ReturnType<typeof openTurnstile>;
  readonly #closing = new AbortController();
  readonly #hooks: TransportHooks;
  readonly #standstills: CountStandstills;
  #client: Client | undefined;
  /** As many standstills had been when the client connected. */
  #connectedAfter = 0;

  constructor(settings: SshTransportSettings, hooks: TransportHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#standstills = hooks.standstills ?? neverStill;
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
      this.#expectWanted(signal);
      const client = await this.#connected(signal);
      this.#standstills();
      this.#expectWanted(signal);
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
    const client = await connectSsh(this.#settings, either, this.#hooks);
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

  #expectWanted(signal: AbortSignal): void {
    if (signal.aborted) {
      throw new DetourError(`The command for ${this.#place} was given up before it was sent`, {
        code: 'DETOUR_TRANSPORT_TIMEOUT',
        retryable: true,
        cause: signal.reason,
      });
    }
  }

  async #connected(signal: AbortSignal): Promise<Client> {
    if (this.#client !== undefined && this.#connectedAfter !== this.#standstills()) {
      this.#drop(this.#client);
    }
    if (this.#client === undefined) {
      this.#connectedAfter = this.#standstills();
      const client = await connectSsh(this.#settings, signal, this.#hooks);
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
