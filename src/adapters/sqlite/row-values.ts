import type { SQLOutputValue } from 'node:sqlite';

/** A row as node:sqlite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** A text column; throws when the file holds something else there. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') {
    throw new Error(`column ${column} holds no text`);
  }
  return value;
}

/** A number column; throws when the file holds something else there. */
export function numberOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') {
    throw new Error(`column ${column} holds no number`);
  }
  return value;
}

/** A column of bytes; throws when the file holds something else there. */
export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) {
    throw new Error(`column ${column} holds no bytes`);
  }
  return value;
}
