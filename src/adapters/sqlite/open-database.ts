import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { numberOf } from './row-values.ts';

/** How long a statement waits for another connection's lock; all of ours are short. */
const busyMs = 2_000;

/** The write-ahead log is cut back to this size after a burst. */
const walBytes = 16 * 1024 * 1024;

/**
 * Opens a database file, mode 0600 in a folder of mode 0700 when they are new.
 * Write-ahead log with `synchronous=FULL`: a commit is one append and one fsync, readers keep nobody waiting,
 * and when a commit returns it has reached the disk (docs/decisions/journal.md).
 */
export function openDatabase(file: string): DatabaseSync {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  syncFolder(folder);
  const database = new DatabaseSync(file, { timeout: busyMs });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = ${walBytes};
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes names in a folder durable: fsync of a new file does not cover its directory entry. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Runs an act as one transaction: all of it is kept when it returns, nothing when it throws. */
export function inTransaction<T>(database: DatabaseSync, act: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = act();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite ends the transaction by itself on some errors, such as a full disk.
    if (database.isTransaction) {
      database.exec('ROLLBACK');
    }
    throw error;
  }
}

/** One part of a file's tables, such as the journal's; parts share a file without knowing each other. */
export interface SchemaPart {
  readonly part: string;
  readonly version: number;
  readonly statements: string;
}

/** Makes the tables of a part on first use. Throws when the file was written by a newer Detour. */
export function ensureSchema(
  database: DatabaseSync,
  { part, version, statements }: SchemaPart,
): void {
  database.exec('CREATE TABLE IF NOT EXISTS parts (part TEXT PRIMARY KEY, version INTEGER) STRICT');
  const found = database.prepare('SELECT version FROM parts WHERE part = ?').get(part);
  if (found === undefined) {
    inTransaction(database, () => {
      database.exec(statements);
      database.prepare('INSERT INTO parts (part, version) VALUES (?, ?)').run(part, version);
    });
    return;
  }
  const written = numberOf(found, 'version');
  if (written !== version) {
    throw new Error(`its ${part} tables have version ${written}, this Detour knows ${version}`);
  }
}
