import { DetourError } from '../../lib/errors.ts';
import { outputLimitBytes } from './output.ts';

/** What has arrived on a stream and not been received yet, in order, up to the limit of one answer. */
export class Inbound {
  readonly #place: string;
  readonly #onTooMuch: () => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #hasEnded = false;
  #failure: DetourError | undefined;
  #wake: (() => void) | undefined;

  constructor(place: string, onTooMuch: () => void) {
    this.#place = place;
    this.#onTooMuch = onTooMuch;
  }

  push(chunk: Buffer): void {
    if (this.#hasEnded || chunk.length === 0) {
      return;
    }
    this.#bytes += chunk.length;
    if (this.#bytes > outputLimitBytes) {
      this.fail(
        new DetourError(`${this.#place} sent more than ${outputLimitBytes} bytes at once`, {
          code: 'DETOUR_ROUTER_ANSWER_UNREADABLE',
          retryable: true,
        }),
      );
      this.#onTooMuch();
      return;
    }
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** The far side has said all that it will say. */
  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  /** Nothing more will come, and that is a failure; what came before is still handed out first. */
  fail(error: DetourError): void {
    if (!this.#hasEnded) {
      this.#failure = error;
      this.end();
    }
  }

  /** The next bytes, or undefined at the end. One receiver at a time. */
  async receive(signal: AbortSignal): Promise<Buffer | undefined> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#chunks.length > 0) {
        const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
        this.#chunks = [];
        this.#bytes = 0;
        return all;
      }
      if (this.#failure !== undefined) {
        throw this.#failure;
      }
      if (this.#hasEnded) {
        return undefined;
      }
      await this.#news(signal);
    }
  }

  async #news(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#wake = wake;
    signal.addEventListener('abort', wake, { once: true });
    try {
      await promise;
    } finally {
      this.#wake = undefined;
      signal.removeEventListener('abort', wake);
    }
  }
}
