import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { DetourError, errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import {
  type NodeReport,
  nodeKeyHeader,
  nodePartsPath,
  nodeReportHeader,
  nodeSnapshotPath,
  nodeTakesHeader,
  takesParts,
} from '../ports/notice-nodes.ts';
import type { SiteRef } from '../ports/snapshot.ts';
import { FeedClient, readAnswer, type SnapshotSource } from './feed-client.ts';
import { KeptSnapshot } from './kept-snapshot.ts';

export interface SnapshotFetcherOptions {
  readonly source: SnapshotSource;
  /** The hand-over folder: what is fetched is kept there, and served from there. */
  readonly folder: string;
  /** How this node stands; `isNew` when a snapshot was fetched that must be served first. */
  readonly report: (isNew: boolean) => Promise<NodeReport>;
  readonly log: Log;
}

const firstPauseMs = 500;
const longestPauseMs = 15 * second;

/** Longest problem that is told: a header has little room, and the log of the node has it all. */
const maxProblemLength = 1_000;

/** JSON in ASCII alone, for a header carries nothing else. */
function headerText(report: NodeReport): string {
  const problem = report.problem?.slice(0, maxProblemLength) ?? null;
  return JSON.stringify({ ...report, problem }).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Follows the snapshot of a controller on another host. What does not hold is refused before it reaches the disk,
 * so the copy there is always the last good one; while the controller is away the node serves from it for as long as need be.
 */
export class SnapshotFetcher implements AsyncDisposable {
  readonly #options: SnapshotFetcherOptions;
  readonly #abort = new AbortController();
  readonly #client: FeedClient;
  readonly #kept: KeptSnapshot;
  /** The controller that is asked now, by its place in the list. */
  #at = 0;
  /** What was said since the last answer. */
  readonly #said = new Set<string>();
  #etag: string | undefined;
  #problem: string | null = null;
  #isNew = false;
  #following: Promise<void> = Promise.resolve();

  constructor(options: SnapshotFetcherOptions) {
    this.#options = options;
    this.#client = new FeedClient(options.source, this.#abort.signal);
    this.#kept = new KeptSnapshot(options.folder);
  }

  /** Follows from now on. */
  start(): void {
    this.#following = this.#follow();
  }

  /** Resolves when nothing is written any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#following;
    // Last: a question that is given up before it has its connection leaves that one behind.
    this.#client[Symbol.dispose]();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#ask();
        if (failures > 0) {
          this.#options.log.info(
            { failures, url: this.#url },
            'The controller gives snapshots again',
          );
        }
        failures = 0;
        this.#said.clear();
      } catch (error) {
        this.#onFailed(error);
        failures += 1;
        await this.#pause(failures);
      }
    }
  }

  get #url(): string {
    return this.#options.source.urls[this.#at] ?? '';
  }

  /** The next controller is asked at once; only when none of them answered, after a while. */
  async #pause(failures: number): Promise<void> {
    const { urls } = this.#options.source;
    this.#at = (this.#at + 1) % urls.length;
    if (failures % urls.length !== 0) {
      return;
    }
    const rounds = Math.min(failures / urls.length - 1, 10);
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** rounds);
    // Spread, so that the nodes of a controller that comes back do not all ask in one moment.
    const { signal } = this.#abort;
    await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }

  /** Said once: a controller that is away for a day must not fill the log. */
  #onFailed(error: unknown): void {
    const problem = errorChain(error);
    if (!this.#abort.signal.aborted && !this.#said.has(problem)) {
      this.#said.add(problem);
      this.#options.log.error(
        { err: problem, url: this.#url },
        'No snapshot from the controller, the last good one is served',
      );
    }
    this.#problem = error instanceof DetourError ? problem : this.#problem;
  }

  async #ask(): Promise<void> {
    const report = await this.#options.report(this.#isNew);
    this.#isNew = false;
    const response = await this.#client.ask({
      url: new URL(nodeSnapshotPath, this.#url),
      headers: {
        [nodeReportHeader]: headerText({ ...report, problem: this.#problem ?? report.problem }),
        [nodeTakesHeader]: takesParts,
        ...(this.#etag === undefined ? {} : { 'if-none-match': this.#etag }),
      },
    });
    if (response.statusCode === 304) {
      response.resume();
      return;
    }
    const text = (await this.#bodyOf(response)).toString();
    const key = Buffer.from(String(response.headers[nodeKeyHeader]), 'base64').toString();
    if (await this.#kept.take({ text, key }, (refs) => this.#fetchParts(refs))) {
      this.#isNew = true;
      this.#etag = response.headers.etag;
      this.#problem = null;
    }
  }

  async #fetchParts(refs: readonly SiteRef[]): Promise<Buffer | undefined> {
    const response = await this.#client.ask({
      url: new URL(nodePartsPath, this.#url),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(refs.map(({ digest }) => digest)),
    });
    if (response.statusCode === 409) {
      response.resume();
      return;
    }
    return await this.#bodyOf(response);
  }

  async #bodyOf(response: IncomingMessage): Promise<Buffer> {
    if (response.statusCode !== 200) {
      response.resume();
      throw new Error(`the controller answers ${response.statusCode}`);
    }
    return await readAnswer(response);
  }
}
