import { type FSWatcher, watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DetourError, errorChain } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { second } from '../lib/time.ts';
import { type Snapshot, snapshotFile, snapshotKeyFile } from '../ports/snapshot.ts';
import { invalidSnapshot, isReplay } from './signed-head.ts';
import { type OpenedSnapshot, SnapshotShelf } from './snapshot-shelf.ts';

/** File-system events can be lost; this is the latest that a new snapshot is noticed without one. */
const pollMs = second;

async function fingerprint(file: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(file, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

export interface SnapshotReaderOptions {
  /** The hand-over folder. It need not exist yet. */
  readonly folder: string;
  readonly log: Log;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/**
 * Follows the snapshot in the hand-over folder. A bad one is told of and passed over: the last good one stays.
 * Nothing that happens to the folder, its removal included, takes a served notice away.
 */
export class SnapshotReader implements Disposable {
  readonly #folder: string;
  readonly #log: Log;
  readonly #onSnapshot: (snapshot: Snapshot) => void;
  readonly #shelf = new SnapshotShelf();
  #current: Snapshot | undefined;
  #seen = '';
  #problem: DetourError | undefined;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #rest: Promise<void> | undefined;
  /** Reads happen one after the other, so that an older one never overtakes a newer. */
  #queue: Promise<void> = Promise.resolve();

  constructor({ folder, log, onSnapshot }: SnapshotReaderOptions) {
    this.#folder = folder;
    this.#log = log;
    this.#onSnapshot = onSnapshot;
  }

  /** What was wrong with the newest file, while it is not the one being served. */
  get problem(): DetourError | undefined {
    return this.#problem;
  }

  /** Reads what is there and follows it from now on. Never rejects. */
  async start(): Promise<void> {
    this.#watch();
    await this.check(false);
    this.#timer = setInterval(() => {
      this.#watch();
      void this.check(false);
    }, pollMs);
  }

  /** Reads what the first snapshot left for later; resolves when all that is served is known to hold. Never rejects. */
  readRest(): Promise<void> {
    this.#rest ??= this.#readRest();
    return this.#rest;
  }

  async #readRest(): Promise<void> {
    const isGood = await this.#shelf.readRest();
    this.#rest = undefined;
    if (!isGood) {
      await this.check(true);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  /** Reads the snapshot if its file changed, or in any case when `isForced`; resolves when it is served. Never rejects. */
  check(isForced: boolean): Promise<void> {
    this.#queue = this.#queue.then(() => this.#check(isForced));
    return this.#queue;
  }

  async #check(isForced: boolean): Promise<void> {
    const file = join(this.#folder, snapshotFile);
    const keyFile = join(this.#folder, snapshotKeyFile);
    try {
      const seen = `${await fingerprint(file)} ${await fingerprint(keyFile)}`;
      if (seen === this.#seen && !isForced) {
        return;
      }
      const key = await readFile(keyFile, 'utf8');
      this.#seen = seen;
      this.#serve(await this.#shelf.open(file, key));
    } catch (error) {
      this.#onBad(error);
    }
  }

  #serve({ snapshot, damaged }: OpenedSnapshot): void {
    if (isReplay(snapshot, this.#current)) {
      throw invalidSnapshot(
        `Snapshot ${snapshot.generation} is older than the one being served, ${this.#current?.generation}`,
      );
    }
    this.#current = snapshot;
    this.#onSnapshot(snapshot);
    this.#log.info(
      { generation: snapshot.generation, sites: snapshot.sites.length },
      'Snapshot served',
    );
    const [site, ...others] = damaged;
    if (site === undefined) {
      this.#problem = undefined;
    } else {
      const problem = invalidSnapshot(
        `The notice of ${site} and ${others.length} others is damaged on this disk and not served`,
      );
      this.#tell(problem, 'Snapshot damaged, the rest of it is served');
    }
  }

  /** A missing file is no news. */
  #onBad(error: unknown): void {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && this.#current === undefined && this.#problem === undefined) {
      return;
    }
    const problem =
      error instanceof DetourError ? error : invalidSnapshot('Snapshot unreadable', error);
    this.#tell(problem, 'Snapshot refused, the last good one stays');
  }

  /** Once, not every second. */
  #tell(problem: DetourError, sentence: string): void {
    if (this.#problem === undefined || errorChain(this.#problem) !== errorChain(problem)) {
      const { generation } = this.#current ?? {};
      this.#log.error({ err: problem, folder: this.#folder, serving: generation }, sentence);
    }
    this.#problem = problem;
  }

  /** Watches the folder, not the file: an atomic write replaces the file. Watches anew when the folder was replaced. */
  #watch(): void {
    if (this.#watcher !== undefined) {
      return;
    }
    try {
      const watcher = watch(this.#folder, (event, name) => {
        if (name === snapshotFile || name === snapshotKeyFile) {
          void this.check(false);
        } else if (event === 'rename' && name === basename(this.#folder)) {
          // The folder itself is gone or moved (drafts of the writer are renamed too); the next poll opens a fresh watch.
          this.#unwatch(watcher);
        }
      });
      watcher.on('error', () => this.#unwatch(watcher));
      this.#watcher = watcher;
    } catch {
      // Not there yet: the poll will find it.
    }
  }

  #unwatch(watcher: FSWatcher): void {
    watcher.close();
    if (this.#watcher === watcher) {
      this.#watcher = undefined;
    }
  }
}
