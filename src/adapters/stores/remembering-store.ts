import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../lib/atomic-file.ts';
import { errorChain, errorCode } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { EpochMs } from '../../lib/time.ts';
import type { DocumentKind, Lease, ListOptions, Store, Stored } from '../../ports/store.ts';

/** What a controller needs to know to go on without its store. */
const rememberedKinds: readonly DocumentKind[] = [
  'site',
  'notice',
  'limits',
  'block',
  'maintenance',
  'pin',
];

/** Kinds that are asked for one by one: what is remembered of them need not be all. */
const singleKinds: readonly DocumentKind[] = ['limits', 'block', 'pin'];

const documents = z.array(
  z.object({ id: z.string(), version: z.number(), updatedAt: z.number(), value: z.unknown() }),
);

export interface RememberingStoreOptions {
  readonly store: Store;
  /** Where the copies lie: one file for each kind. */
  readonly folder: string;
  readonly log: Log;
}

/**
 * A shared store whose registered sites, notices, limits and windows are also kept in files of this machine, and read
 * from there while it cannot be reached. Without them a start in that time would take a registered site for unknown,
 * and its route for one that nobody wants. Writes always need the store itself.
 */
export class RememberingStore implements Store {
  readonly #options: RememberingStoreOptions;
  readonly #known = new Map<DocumentKind, ReadonlyMap<string, Stored>>();
  #last: Promise<void> = Promise.resolve();

  constructor(options: RememberingStoreOptions) {
    this.#options = options;
  }

  async get(kind: DocumentKind, id: string): Promise<Stored | undefined> {
    try {
      const found = await this.#options.store.get(kind, id);
      await this.#learn(kind, id, found);
      return found;
    } catch (error) {
      return (await this.#recall(kind, error)).get(id);
    }
  }

  async list(kind: DocumentKind, options: ListOptions): Promise<readonly Stored[]> {
    try {
      const found = await this.#options.store.list(kind, options);
      if (found.length < options.limit) {
        await this.#keep(kind, new Map(found.map((document) => [document.id, document])));
      }
      return found;
    } catch (error) {
      const known = await this.#recall(kind, error);
      return [...known.values()].slice(0, options.limit);
    }
  }

  async put(
    kind: DocumentKind,
    id: string,
    value: unknown,
    expectedVersion?: number,
  ): Promise<Stored> {
    const stored = await this.#options.store.put(kind, id, value, expectedVersion);
    await this.#learn(kind, id, stored);
    return stored;
  }

  async remove(kind: DocumentKind, id: string): Promise<boolean> {
    const isRemoved = await this.#options.store.remove(kind, id);
    await this.#learn(kind, id, undefined);
    return isRemoved;
  }

  prune(kind: DocumentKind, before: EpochMs): Promise<number> {
    return this.#options.store.prune(kind, before);
  }

  acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    return this.#options.store.acquireLease(name, holder, ttlMs);
  }

  releaseLease(name: string, holder: string): Promise<void> {
    return this.#options.store.releaseLease(name, holder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#options.store[Symbol.asyncDispose]();
  }

  async #learn(kind: DocumentKind, id: string, document: Stored | undefined): Promise<void> {
    if (!rememberedKinds.includes(kind)) {
      return;
    }
    const copy = await this.#copyOf(kind);
    if (copy === undefined && !singleKinds.includes(kind)) {
      // One document is not all of its kind: the next list tells.
      return;
    }
    const known = new Map(copy);
    if (document === undefined) {
      known.delete(id);
    } else {
      known.set(id, document);
    }
    await this.#keep(kind, known);
  }

  /** What is remembered of a kind, when that is why it is asked for; else the error again. */
  async #recall(kind: DocumentKind, error: unknown): Promise<ReadonlyMap<string, Stored>> {
    const isAway = errorCode(error) === 'DETOUR_STORE_UNAVAILABLE';
    if (!isAway || !rememberedKinds.includes(kind)) {
      throw error;
    }
    const known = await this.#copyOf(kind);
    if (known === undefined) {
      throw error;
    }
    this.#options.log.warn(
      { kind, documents: known.size, err: errorChain(error) },
      'The store is away; what this machine remembers of it is used',
    );
    return known;
  }

  async #copyOf(kind: DocumentKind): Promise<ReadonlyMap<string, Stored> | undefined> {
    const known = this.#known.get(kind);
    if (known !== undefined) {
      return known;
    }
    try {
      const text = await readFile(this.#fileOf(kind), 'utf8');
      const kept = documents.parse(JSON.parse(text));
      const copy = new Map(kept.map((document) => [document.id, document]));
      this.#known.set(kind, copy);
      return copy;
    } catch {
      // Not there before the first answer of the store; one that is damaged is as good as none.
      return undefined;
    }
  }

  async #keep(kind: DocumentKind, known: ReadonlyMap<string, Stored>): Promise<void> {
    if (!rememberedKinds.includes(kind)) {
      return;
    }
    const before = await this.#copyOf(kind);
    this.#known.set(kind, known);
    const text = textOf(known);
    if (before === undefined || textOf(before) !== text) {
      this.#last = this.#last.then(() => this.#write(kind, text));
      await this.#last;
    }
  }

  async #write(kind: DocumentKind, text: string): Promise<void> {
    const { folder, log } = this.#options;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeAtomically(this.#fileOf(kind), [Buffer.from(text)], 0o600);
    } catch (error) {
      // The store has it; only a start without the store would miss it.
      log.warn({ kind, err: errorChain(error) }, 'A copy of the store could not be kept');
    }
  }

  #fileOf(kind: DocumentKind): string {
    return path.join(this.#options.folder, `${kind}.json`);
  }
}

function textOf(known: ReadonlyMap<string, Stored>): string {
  return JSON.stringify([...known.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
}
