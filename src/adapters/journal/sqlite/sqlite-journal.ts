import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AuditEntry } from '../../../core/command.ts';
import type { DurableChange, DurableState } from '../../../core/durable.ts';
import { DetourError, errorChain } from '../../../lib/errors.ts';
import type { AuditQuery, AuditRecord, Journal } from '../../../ports/journal.ts';
import { ensureSchema, inTransaction, openDatabase } from '../../sqlite/open-database.ts';
import { lockOwner } from '../../sqlite/owner-lock.ts';
import { bytesOf, numberOf, type Row, textOf } from '../../sqlite/row-values.ts';
import { isPassing } from '../../sqlite/sqlite-failure.ts';
import {
  type AuditLink,
  type AuditProblem,
  type ChainHead,
  canonicalEntry,
  chainEntries,
  emptyHead,
  parseEntry,
  verifyLinks,
} from '../audit-chain.ts';
import { Checkpointer, type CheckpointOptions } from '../audit-checkpoint.ts';
import { rowValue, stateOfRows } from '../durable-rows.ts';
import { journalSchema } from './journal-schema.ts';

/** Most entries one audit query gives. */
const maxQuery = 10_000;

export interface SqliteJournalOptions {
  readonly file: string;
  /** Signs the head of the audit chain beside the journal; without it a cut tail cannot be found. */
  readonly checkpoint?: CheckpointOptions;
  /** The file may not grow past this many bytes: then commits fail as on a full disk. No limit unless given. */
  readonly maxBytes?: number;
}

/** Opens the journal of one controller. Throws DETOUR_JOURNAL_LOCKED while another process has it, or DETOUR_JOURNAL_FAILED. */
export function openSqliteJournal(options: SqliteJournalOptions): Journal {
  const { file } = options;
  return guarded(`Could not open the journal ${file}`, () => {
    const database = openDatabase(file);
    let lock: Disposable | undefined;
    try {
      lock = lockOwner(file);
      ensureSchema(database, journalSchema);
      limitSize(database, options.maxBytes);
      return new SqliteJournal(database, lock, options);
    } catch (error) {
      lock?.[Symbol.dispose]();
      database.close();
      throw error;
    }
  });
}

function limitSize(database: DatabaseSync, maxBytes: number | undefined): void {
  if (maxBytes !== undefined) {
    const pageSize = numberOf(database.prepare('PRAGMA page_size').get() ?? {}, 'page_size');
    database.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / pageSize)}`);
  }
}

/** Turns what SQLite and the file system throw into DETOUR_JOURNAL_FAILED. */
function guarded<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof DetourError) {
      throw error;
    }
    throw new DetourError(what, {
      code: 'DETOUR_JOURNAL_FAILED',
      retryable: isPassing(error),
      cause: error,
    });
  }
}

function linkOf(row: Row): AuditLink {
  return {
    seq: numberOf(row, 'seq'),
    previousHash: Buffer.from(bytesOf(row, 'previous_hash')).toString('hex'),
    hash: Buffer.from(bytesOf(row, 'hash')).toString('hex'),
    entry: bytesOf(row, 'entry'),
  };
}

function recordOf(row: Row): AuditRecord {
  const { entry, ...link } = linkOf(row);
  return { ...parseEntry(Buffer.from(entry).toString()), ...link };
}

class SqliteJournal implements Journal {
  readonly #database: DatabaseSync;
  readonly #lock: Disposable;
  readonly #file: string;
  readonly #checkpointer: Checkpointer | undefined;
  readonly #statements: Readonly<Record<'put' | 'remove' | 'append', StatementSync>>;
  #head: ChainHead;

  constructor(
    database: DatabaseSync,
    lock: Disposable,
    { file, checkpoint }: SqliteJournalOptions,
  ) {
    this.#database = database;
    this.#lock = lock;
    this.#file = file;
    this.#statements = {
      put: database.prepare(
        'INSERT INTO durable (kind, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      ),
      remove: database.prepare('DELETE FROM durable WHERE kind = ? AND key = ?'),
      append: database.prepare(
        'INSERT INTO audit (seq, entry, previous_hash, hash) VALUES (?, ?, ?, ?)',
      ),
    };
    this.#head = this.#readHead();
    this.#checkpointer =
      checkpoint === undefined
        ? undefined
        : new Checkpointer(checkpoint, this.#head, (witness) => this.#holds(witness));
  }

  load(): DurableState {
    return guarded(`Could not read the journal ${this.#file}`, () => {
      const rows = this.#database.prepare('SELECT kind, key, value FROM durable').all();
      return stateOfRows(
        rows.map((row) => ({
          kind: textOf(row, 'kind'),
          key: textOf(row, 'key'),
          value: textOf(row, 'value'),
        })),
        this.#file,
      );
    });
  }

  commit(changes: readonly DurableChange[], audit: readonly AuditEntry[]): readonly AuditRecord[] {
    if (changes.length === 0 && audit.length === 0) {
      return [];
    }
    return guarded(`Could not write the journal ${this.#file}`, () => {
      const records = chainEntries(this.#head, audit);
      inTransaction(this.#database, () => {
        for (const change of changes) {
          this.#write(change);
        }
        for (const record of records) {
          this.#append(record);
        }
      });
      this.#head = records.at(-1) ?? this.#head;
      this.#checkpointer?.note(this.#head);
      return records;
    });
  }

  audit({ beforeSeq, limit, site }: AuditQuery): readonly AuditRecord[] {
    return guarded(`Could not read the audit in ${this.#file}`, () => {
      const before = beforeSeq ?? this.#head.seq + 1;
      const most = Math.min(limit, maxQuery);
      const rows =
        site === undefined
          ? this.#select('WHERE seq < ? ORDER BY seq DESC LIMIT ?').all(before, most)
          : this.#select('WHERE site = ? AND seq < ? ORDER BY seq DESC LIMIT ?').all(
              site,
              before,
              most,
            );
      return rows.map(recordOf);
    });
  }

  verifyAudit(): AuditProblem | undefined {
    const signed = this.#checkpointer?.read();
    const witnesses = [this.#head, ...(typeof signed === 'object' ? [signed] : [])];
    let last = 0;
    const rows = this.#select('ORDER BY seq').iterate();
    function* links(): Generator<AuditLink> {
      for (const row of rows) {
        const link = linkOf(row);
        yield link;
        last = link.seq;
      }
    }
    try {
      const problem = verifyLinks(links(), { witnesses });
      return problem ?? (signed === 'invalid' ? this.#checkpointer?.invalidity : undefined);
    } catch (error) {
      return { seq: last + 1, problem: `it cannot be read: ${errorChain(error)}` };
    }
  }

  [Symbol.dispose](): void {
    this.#checkpointer?.[Symbol.dispose]();
    this.#database.close();
    this.#lock[Symbol.dispose]();
  }

  #write(change: DurableChange): void {
    const value = rowValue(change, this.#file);
    if (value === undefined) {
      this.#statements.remove.run(change.kind, change.key);
    } else {
      this.#statements.put.run(change.kind, change.key, value);
    }
  }

  #append(record: AuditRecord): void {
    const { seq, previousHash, hash } = record;
    this.#statements.append.run(
      seq,
      canonicalEntry(record),
      Buffer.from(previousHash, 'hex'),
      Buffer.from(hash, 'hex'),
    );
  }

  /** Entries are read as bytes: text would stop at a NUL that somebody put there. */
  #select(rest: string): StatementSync {
    return this.#database.prepare(
      `SELECT seq, CAST(entry AS BLOB) AS entry, previous_hash, hash FROM audit ${rest}`,
    );
  }

  #readHead(): ChainHead {
    const row = this.#select('ORDER BY seq DESC LIMIT 1').get();
    return row === undefined ? emptyHead : linkOf(row);
  }

  #holds({ seq, hash }: ChainHead): boolean {
    const row = this.#select('WHERE seq = ?').get(seq);
    return row !== undefined && linkOf(row).hash === hash;
  }
}
