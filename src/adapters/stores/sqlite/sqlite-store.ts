import type { DatabaseSync } from 'node:sqlite';
import { DetourError } from '../../../lib/errors.ts';
import type { EpochMs } from '../../../lib/time.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { DocumentKind, Lease, ListOptions, Store, Stored } from '../../../ports/store.ts';
import { ensureSchema, inTransaction, openDatabase } from '../../sqlite/open-database.ts';
import { lockOwner } from '../../sqlite/owner-lock.ts';
import { numberOf, type Row, textOf } from '../../sqlite/row-values.ts';
import { isPassing } from '../../sqlite/sqlite-failure.ts';
import { conflict, encodeValue } from '../document-value.ts';
import { type LeaseRecord, LeaseWatch } from '../lease-watch.ts';
import { storeSchema } from './store-schema.ts';

export interface SqliteStoreOptions {
  readonly file: string;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** True when this process owns the file already, because its journal lies in it. */
  readonly isOwned: boolean;
}

/** Opens a store in a file of one machine. Throws DETOUR_JOURNAL_LOCKED while another process has the file, or DETOUR_STORE_UNAVAILABLE. */
export function openSqliteStore({ file, clock, isOwned }: SqliteStoreOptions): Store {
  let lock: Disposable | undefined;
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(file);
    lock = isOwned ? undefined : lockOwner(file);
    ensureSchema(database, storeSchema);
    return new SqliteStore(database, { lock, file, clock });
  } catch (error) {
    lock?.[Symbol.dispose]();
    database?.close();
    throw unavailable(`Could not open the store ${file}`, error);
  }
}

function unavailable(what: string, error: unknown): DetourError {
  return error instanceof DetourError
    ? error
    : new DetourError(what, {
        code: 'DETOUR_STORE_UNAVAILABLE',
        retryable: isPassing(error),
        cause: error,
      });
}

function storedOf(row: Row): Stored {
  return {
    id: textOf(row, 'id'),
    version: numberOf(row, 'version'),
    updatedAt: numberOf(row, 'updated_at'),
    value: JSON.parse(textOf(row, 'value')),
  };
}

function leaseOf(row: Row): LeaseRecord {
  return {
    version: numberOf(row, 'version'),
    holder: textOf(row, 'holder'),
    token: numberOf(row, 'token'),
    ttlMs: numberOf(row, 'ttl_ms'),
    isReleased: numberOf(row, 'is_released') === 1,
  };
}

interface SqliteStoreParts {
  readonly lock: Disposable | undefined;
  readonly file: string;
  readonly clock: SqliteStoreOptions['clock'];
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #parts: SqliteStoreParts;
  readonly #watch: LeaseWatch;

  constructor(database: DatabaseSync, parts: SqliteStoreParts) {
    this.#database = database;
    this.#parts = parts;
    this.#watch = new LeaseWatch(() => parts.clock.monotonicMs());
  }

  get(kind: DocumentKind, id: string): Promise<Stored | undefined> {
    return this.#act(`read the ${kind} ${id}`, () => this.#read(kind, id));
  }

  list(kind: DocumentKind, { limit }: ListOptions): Promise<readonly Stored[]> {
    return this.#act(`list every ${kind}`, () =>
      this.#database
        .prepare('SELECT * FROM documents WHERE kind = ? ORDER BY updated_at DESC, id DESC LIMIT ?')
        .all(kind, limit)
        .map(storedOf),
    );
  }

  put(kind: DocumentKind, id: string, value: unknown, expectedVersion?: number): Promise<Stored> {
    return this.#act(`write the ${kind} ${id}`, () => {
      const text = encodeValue(kind, id, value);
      return inTransaction(this.#database, () => {
        const found = this.#read(kind, id)?.version ?? 0;
        if (expectedVersion !== undefined && expectedVersion !== found) {
          throw conflict(kind, id, expectedVersion);
        }
        const version = found + 1;
        const updatedAt = this.#parts.clock.now();
        this.#database
          .prepare(
            'INSERT OR REPLACE INTO documents (kind, id, version, updated_at, value) VALUES (?, ?, ?, ?, ?)',
          )
          .run(kind, id, version, updatedAt, text);
        return { id, version, updatedAt, value: JSON.parse(text) };
      });
    });
  }

  remove(kind: DocumentKind, id: string): Promise<boolean> {
    return this.#act(`remove the ${kind} ${id}`, () => {
      const { changes } = this.#database
        .prepare('DELETE FROM documents WHERE kind = ? AND id = ?')
        .run(kind, id);
      return Number(changes) > 0;
    });
  }

  prune(kind: DocumentKind, before: EpochMs): Promise<number> {
    return this.#act(`prune every old ${kind}`, () => {
      const { changes } = this.#database
        .prepare('DELETE FROM documents WHERE kind = ? AND updated_at < ?')
        .run(kind, before);
      return Number(changes);
    });
  }

  acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    return this.#act(`take the lease ${name}`, () =>
      inTransaction(this.#database, () => {
        const next = this.#watch.next(name, this.#lease(name), { holder, ttlMs });
        if (next !== undefined) {
          this.#writeLease(name, next);
        }
        return next === undefined ? undefined : { holder, token: next.token };
      }),
    );
  }

  releaseLease(name: string, holder: string): Promise<void> {
    return this.#act(`give up the lease ${name}`, () =>
      inTransaction(this.#database, () => {
        const next = this.#watch.release(this.#lease(name), holder);
        if (next !== undefined) {
          this.#writeLease(name, next);
        }
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#database.isOpen) {
      this.#database.close();
    }
    this.#parts.lock?.[Symbol.dispose]();
    return Promise.resolve();
  }

  // The work is synchronous, as SQLite is; a promise carries its failure to the caller.
  async #act<T>(what: string, act: () => T): Promise<T> {
    try {
      return await Promise.resolve(act());
    } catch (error) {
      throw unavailable(`Could not ${what} in ${this.#parts.file}`, error);
    }
  }

  #read(kind: DocumentKind, id: string): Stored | undefined {
    const row = this.#database
      .prepare('SELECT * FROM documents WHERE kind = ? AND id = ?')
      .get(kind, id);
    return row === undefined ? undefined : storedOf(row);
  }

  #lease(name: string): LeaseRecord | undefined {
    const row = this.#database.prepare('SELECT * FROM leases WHERE name = ?').get(name);
    return row === undefined ? undefined : leaseOf(row);
  }

  #writeLease(name: string, lease: LeaseRecord): void {
    const { version, holder, token, ttlMs, isReleased } = lease;
    this.#database
      .prepare(
        'INSERT OR REPLACE INTO leases (name, version, holder, token, ttl_ms, is_released) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(name, version, holder, token, ttlMs, isReleased ? 1 : 0);
  }
}
