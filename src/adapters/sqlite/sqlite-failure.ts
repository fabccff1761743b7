/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that may pass without anyone mending the file. */
const passing: ReadonlySet<number> = new Set([
  5, // SQLITE_BUSY
  6, // SQLITE_LOCKED
  8, // SQLITE_READONLY: a file system that was remounted read-only comes back
  10, // SQLITE_IOERR
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
]);

/** The primary result code of an error from node:sqlite, or undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}

/** True when the same statement may succeed later: a full disk, a busy file, a lost disk that comes back. */
export function isPassing(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && passing.has(code);
}
