import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeAtomically } from '../lib/atomic-file.ts';
import { DetourError, errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import {
  longPollMs,
  type NodeReport,
  nodeKeyHeader,
  nodeReportHeader,
  nodeSnapshotPath,
} from '../ports/notice-nodes.ts';
import { snapshotFile, snapshotKeyFile } from '../ports/snapshot.ts';
import { openSnapshot } from './snapshot-reader.ts';

/** Where a node asks for its notices, and by what the two know each other. */
export interface SnapshotSource {
  /** `https://controller:8601`; of several controllers the one that leads answers. */
  readonly urls: readonly string[];
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface SnapshotFetcherOptions {
  readonly source: SnapshotSource;
  /** The hand-over folder: what is fetched is kept there, and served from there. */
  readonly folder: string;
  /** How this node stands; `isNew` when a snapshot was fetched that must be served first. */
  readonly report: (isNew: boolean) => Promise<NodeReport>;
  readonly log: Log;
}

/** 5,000 sites with logos and every edition stay far below. */
const maxSnapshotBytes = 512 * 1024 * 1024;

/** The controller answers within its long poll; a few seconds more and it is gone without a word. */
const silentMs = longPollMs + 5 * second;

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

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > maxSnapshotBytes) {
      throw new Error(`more than ${maxSnapshotBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * Follows the snapshot of a controller on another host. What does not hold is refused before it reaches the disk,
 * so the copy there is always the last good one; while the controller is away the node serves from it for as long as need be.
 */
export class SnapshotFetcher implements AsyncDisposable {
  readonly #options: SnapshotFetcherOptions;
  readonly #abort = new AbortController();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
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
  }

  /** Follows from now on. */
  start(): void {
    this.#following = this.#follow();
  }

  /** Resolves when nothing is written any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#agent.destroy();
    await this.#following;
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
    const response = await this.#get({
      [nodeReportHeader]: headerText({ ...report, problem: this.#problem ?? report.problem }),
      ...(this.#etag === undefined ? {} : { 'if-none-match': this.#etag }),
    });
    if (response.statusCode === 304) {
      response.resume();
      return;
    }
    if (response.statusCode !== 200) {
      response.resume();
      throw new Error(`the controller answers ${response.statusCode}`);
    }
    const key = Buffer.from(String(response.headers[nodeKeyHeader]), 'base64').toString();
    await this.#take(await readAll(response), key);
    this.#isNew = true;
    this.#etag = response.headers.etag;
    this.#problem = null;
  }

  /** Secrets are read anew for each question, so that certificates can be renewed without a restart. */
  async #get(headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const { caFile, certFile, keyFile } = this.#options.source;
    const [ca, cert, key] = await Promise.all(
      [caFile, certFile, keyFile].map((file) => readFile(file)),
    );
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(silentMs)]);
    return await new Promise((resolve, reject) => {
      const question = request(
        new URL(nodeSnapshotPath, this.#url),
        { ca, cert, key, headers, signal, agent: this.#agent, minVersion: 'TLSv1.3' },
        resolve,
      );
      question.on('error', reject);
      question.end();
    });
  }

  /** The first key that an authenticated controller gives is kept; another one is a matter for a person. */
  async #take(text: string, offered: string): Promise<void> {
    const { folder } = this.#options;
    const keyFile = join(folder, snapshotKeyFile);
    const pinned = await readFile(keyFile, 'utf8').catch(() => undefined);
    const next = await openSnapshot(text, pinned ?? offered);
    const kept = await readFile(join(folder, snapshotFile), 'utf8').catch(() => undefined);
    const current =
      kept === undefined || pinned === undefined
        ? undefined
        : await openSnapshot(kept, pinned).catch(() => undefined);
    if (
      current !== undefined &&
      next.generation < current.generation &&
      next.writtenAt <= current.writtenAt
    ) {
      throw new DetourError(
        `Snapshot ${next.generation} is older than the one that is kept, ${current.generation}`,
        { code: 'DETOUR_SNAPSHOT_INVALID' },
      );
    }
    if (pinned === undefined) {
      await this.#keep(keyFile, offered);
    }
    await this.#keep(join(folder, snapshotFile), text);
  }

  /** A full disk is a matter for the controller too: notices that this node cannot keep hold diversions back. */
  async #keep(file: string, text: string): Promise<void> {
    try {
      await writeAtomically(file, [Buffer.from(text)], 0o644);
    } catch (cause) {
      throw new DetourError(`Could not keep ${file} on this node`, {
        code: 'DETOUR_SNAPSHOT_INVALID',
        cause,
      });
    }
  }
}
