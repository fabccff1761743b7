import type { TelnetTransportSettings } from '../../../config/settings.ts';
import { DetourError } from '../../../lib/errors.ts';
import type { DeviceStream, StreamKind, Transport } from '../../../ports/transport.ts';
import { readPassword } from '../secret-file.ts';
import { logIn } from './login.ts';
import { connectTelnet } from './stream.ts';

/**
 * Opens a transport over telnet, for devices that have nothing better: password and commands go in clear text, and nobody
 * proves who he is. It carries a terminal and nothing else; each stream is a connection and a login of its own.
 */
export function openTelnetTransport(settings: TelnetTransportSettings): Transport {
  return new TelnetTransport(settings);
}

class TelnetTransport implements Transport {
  readonly isTerminalOnly = true;
  readonly #settings: TelnetTransportSettings;
  readonly #place: string;
  readonly #closing = new AbortController();

  constructor(settings: TelnetTransportSettings) {
    this.#settings = settings;
    this.#place = `${settings.host} port ${settings.port}`;
  }

  exec(): Promise<never> {
    return Promise.reject(this.#impossible('single commands'));
  }

  async openStream(kind: StreamKind, signal: AbortSignal): Promise<DeviceStream> {
    if (kind !== 'shell') {
      throw this.#impossible(`a ${kind} stream`);
    }
    const { user, passwordFile, connectTimeoutMs } = this.#settings;
    const password = await readPassword(passwordFile);
    const limit = AbortSignal.timeout(connectTimeoutMs);
    const either = AbortSignal.any([signal, this.#closing.signal, limit]);
    const stream = await connectTelnet(this.#settings, either);
    try {
      const login = { place: this.#place, password, ...(user === undefined ? {} : { user }) };
      await logIn(stream, login, either);
      return stream;
    } catch (error) {
      await stream[Symbol.asyncDispose]();
      throw this.#timely(error, either);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the transport is closed'));
  }

  /** What the caller must hear when the time was over in the middle of the login. */
  #timely(error: unknown, signal: AbortSignal): unknown {
    return signal.aborted && !(error instanceof DetourError)
      ? new DetourError(`No login at ${this.#place} within ${this.#settings.connectTimeoutMs} ms`, {
          code: 'DETOUR_TRANSPORT_TIMEOUT',
          retryable: true,
          cause: error,
        })
      : error;
  }

  #impossible(what: string): DetourError {
    return new DetourError(
      `Telnet carries a terminal, not ${what}: ${this.#place} needs another driver or transport: ssh`,
      { code: 'DETOUR_CONFIG_INVALID' },
    );
  }
}
