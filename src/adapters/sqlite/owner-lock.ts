import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { DetourError } from '../../lib/errors.ts';
import { sqliteCode } from './sqlite-failure.ts';

const sqliteBusy = 5;

const ownerSchema = z.strictObject({ pid: z.int(), host: z.string() });

/** Who holds the lock, in words; a lost or torn owner file must not hide that it is held. */
function ownerWords(file: string): string {
  try {
    const { pid, host } = ownerSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return `process ${pid} on ${host}`;
  } catch {
    return 'another process';
  }
}

/**
 * Makes this process the only owner of a file until the lock is disposed or the process ends, however it ends.
 * The lock is SQLite's own on an empty file beside it (`.lock`): the kernel drops it with the process, so kill -9 leaves nothing stale,
 * and readers of the file itself are not kept out. Throws DETOUR_JOURNAL_LOCKED that names the holder.
 */
export function lockOwner(file: string): Disposable {
  const ownerFile = `${file}.owner`;
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 });
  try {
    // Nothing is ever written under this transaction, so the lock file stays empty and cannot be torn.
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (sqliteCode(error) !== sqliteBusy) {
      throw error;
    }
    throw new DetourError(`${file} belongs to ${ownerWords(ownerFile)}, which still runs`, {
      code: 'DETOUR_JOURNAL_LOCKED',
      cause: error,
    });
  }
  nameOwner(ownerFile);
  return {
    [Symbol.dispose]: (): void => {
      lock.close();
    },
  };
}

/** The name is a courtesy to the next one who asks; a full disk must not keep the owner from starting. */
function nameOwner(file: string): void {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() }), { mode: 0o600 });
  } catch {
    // The lock itself holds.
  }
}
