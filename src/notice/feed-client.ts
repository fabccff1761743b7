import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { second } from '../lib/time.ts';
import { longPollMs } from '../ports/notice-nodes.ts';

/** Where a node asks for its notices, and by what the two know each other. */
export interface SnapshotSource {
  /** `https://controller:8601`; of several controllers the one that leads answers. */
  readonly urls: readonly string[];
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** One question to a controller. */
export interface FeedQuestion {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with POST; without it the question is a GET. */
  readonly body?: string;
}

/** 5,000 sites with logos and every edition stay far below. */
const maxAnswerBytes = 512 * 1024 * 1024;

/** The controller answers within its long poll; a few seconds more and it is gone without a word. */
const silentMs = longPollMs + 5 * second;

/** Reads an answer to its end. */
export async function readAnswer(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) {
      throw new Error(`more than ${maxAnswerBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A node's connection to its controllers: one at a time, TLS 1.3, both sides by certificate. */
export class FeedClient implements Disposable {
  readonly #source: SnapshotSource;
  readonly #signal: AbortSignal;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** Questions end when the signal aborts. */
  constructor(source: SnapshotSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** Secrets are read anew for each question, so that certificates can be renewed without a restart. */
  async ask({ url, headers, body }: FeedQuestion): Promise<IncomingMessage> {
    const { caFile, certFile, keyFile } = this.#source;
    const [ca, cert, key] = await Promise.all(
      [caFile, certFile, keyFile].map((file) => readFile(file)),
    );
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(silentMs)]);
    return await new Promise((resolve, reject) => {
      const question = request(
        url,
        {
          ...{ ca, cert, key, headers, signal, agent: this.#agent, minVersion: 'TLSv1.3' },
          method: body === undefined ? 'GET' : 'POST',
        },
        resolve,
      );
      question.on('error', reject);
      question.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
