import type { News } from '../../api/events/schema.ts';
import { EventReader } from './event-reader.ts';

/** A stream without a sign of life for this long is broken: the server sends one every 15 s. */
const silenceMs = 40_000;

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

export interface LiveStreamOptions {
  readonly token: string;
  readonly onNews: (news: News) => void;
  readonly onLive: (isLive: boolean) => void;
}

function isNews(value: unknown): value is News {
  return typeof value === 'object' && value !== null && 'kind' in value && 'key' in value;
}

/** Follows the news of the API until it is closed; comes back by itself, each time after a longer pause. */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  #lastId: string | undefined;
  #abort = new AbortController();
  #isClosed = false;
  #pauseMs = firstPauseMs;
  #watchdog = 0;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#follow();
      } catch {
        // Whatever broke it, the way back is the same.
      }
      clearTimeout(this.#watchdog);
      if (this.#isClosed) {
        return;
      }
      this.#options.onLive(false);
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
      this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#watchdog);
    this.#abort.abort();
  }

  async #follow(): Promise<void> {
    this.#abort = new AbortController();
    const response = await fetch('/api/v1/events', {
      headers: {
        authorization: `Bearer ${this.#options.token}`,
        ...(this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId }),
      },
      signal: this.#abort.signal,
      cache: 'no-store',
    });
    if (!response.ok || response.body === null) {
      throw new Error(`HTTP ${response.status}`);
    }
    this.#options.onLive(true);
    this.#pauseMs = firstPauseMs;
    const events = new EventReader();
    const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) {
      this.#stayAwake();
      for (const { id, data } of events.push(piece.value)) {
        this.#lastId = id ?? this.#lastId;
        const news: unknown = JSON.parse(data);
        if (isNews(news)) {
          this.#options.onNews(news);
        }
      }
    }
  }

  #stayAwake(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = window.setTimeout(() => this.#abort.abort(), silenceMs);
  }
}
