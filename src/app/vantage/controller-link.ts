import { readFile } from 'node:fs/promises';
import got, { type Got } from 'got';
import { type Assignment, assignmentSchema, maxResults } from '../../api/vantages/schema.ts';
import { errorChain } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { second } from '../../lib/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { ResultQueue, type Seen } from './result-queue.ts';

/** What takes longer is of no use: the next answer or result is under way. */
const requestMs = 5 * second;

/** Pause after a controller could not be reached. */
const retryMs = 2 * second;

export interface LinkOptions {
  readonly vantage: string;
  readonly url: string;
  /** Read at every request, so that it can be changed. */
  readonly tokenFile: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The way to one controller: asks what is to be probed, and hands over what was seen. */
export class ControllerLink {
  readonly #options: LinkOptions;
  readonly #queue: ResultQueue;
  readonly #client: Got;
  #etag: string | undefined;
  #assignment: Assignment | undefined;
  #isUp = true;
  #isSending = false;
  #isStopped = false;

  constructor(options: LinkOptions) {
    const { url, vantage, clock } = options;
    this.#options = options;
    this.#queue = new ResultQueue(clock);
    this.#client = got.extend({
      prefixUrl: `${url.replace(/\/$/, '')}/api/v1/vantages/${vantage}`,
      timeout: { request: requestMs },
      retry: { limit: 0 },
      followRedirect: false,
    });
  }

  /** What is to be probed, as this controller sees it; undefined while it cannot be asked. */
  async assignment(): Promise<Assignment | undefined> {
    try {
      const answer = await this.#client.get('assignment', {
        headers: {
          authorization: await this.#authorization(),
          ...(this.#etag === undefined ? {} : { 'if-none-match': this.#etag }),
        },
      });
      if (answer.statusCode !== 304) {
        this.#assignment = assignmentSchema.parse(JSON.parse(answer.body));
        this.#etag = answer.headers.etag;
      }
      this.#note();
      return this.#assignment;
    } catch (error) {
      this.#note(error);
      return undefined;
    }
  }

  /** Hands a result over soon; what waits too long is dropped, as it says nothing about now. */
  send(seen: Seen): void {
    this.#queue.add(seen);
    void this.#send();
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #send(): Promise<void> {
    if (this.#isSending) {
      return;
    }
    this.#isSending = true;
    try {
      while (!this.#isStopped && this.#queue.size > 0) {
        await this.#sendSome();
      }
    } finally {
      this.#isSending = false;
    }
  }

  async #sendSome(): Promise<void> {
    const batch = this.#queue.first(maxResults);
    try {
      await this.#client.post('reports', {
        json: { results: this.#queue.reportable(batch) },
        headers: { authorization: await this.#authorization() },
      });
      this.#queue.drop(batch);
      this.#note();
    } catch (error) {
      this.#note(error);
      await new Promise<void>((resolve) => {
        this.#options.clock.setTimer(retryMs, resolve);
      });
      this.#queue.dropOld();
    }
  }

  async #authorization(): Promise<string> {
    return `Bearer ${(await readFile(this.#options.tokenFile, 'utf8')).trim()}`;
  }

  #note(error?: unknown): void {
    const isUp = error === undefined;
    if (isUp === this.#isUp) {
      return;
    }
    this.#isUp = isUp;
    const { url, log } = this.#options;
    if (isUp) {
      log.info({ url }, 'The controller can be reached again');
    } else {
      log.error({ url, err: errorChain(error) }, 'The controller cannot be reached');
    }
  }
}
