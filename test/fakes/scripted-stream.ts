import { Inbound } from '../../src/adapters/transports/inbound.ts';
import type { DeviceStream } from '../../src/ports/transport.ts';

/** A device made of a function: what it says to each thing it is sent, chunk by chunk. */
export class ScriptedStream implements DeviceStream {
  readonly sent: string[] = [];
  isClosed = false;
  readonly #inbound = new Inbound('device', () => undefined);
  readonly #answer: (text: string, say: (...chunks: readonly string[]) => void) => void;

  constructor(
    greeting: readonly string[],
    answer: (text: string, say: (...chunks: readonly string[]) => void) => void,
  ) {
    this.#answer = answer;
    this.say(...greeting);
  }

  say(...chunks: readonly string[]): void {
    for (const chunk of chunks) {
      this.#inbound.push(Buffer.from(chunk));
    }
  }

  /** The device ends the session. */
  hangUp(): void {
    this.#inbound.end();
  }

  send(text: string): void {
    this.sent.push(text);
    this.#answer(text, (...chunks) => this.say(...chunks));
  }

  receive(signal: AbortSignal): Promise<Buffer | undefined> {
    return this.#inbound.receive(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    this.#inbound.end();
  }
}
