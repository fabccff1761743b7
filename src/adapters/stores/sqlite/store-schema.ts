import type { SchemaPart } from '../../sqlite/open-database.ts';

/** The store's tables; they may share a file with the journal's. */
export const storeSchema: SchemaPart = {
  part: 'store',
  version: 1,
  statements: `
    CREATE TABLE documents (
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      version INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX documents_by_update ON documents (kind, updated_at);
    CREATE TABLE leases (
      name TEXT PRIMARY KEY,
      version INTEGER NOT NULL,
      holder TEXT NOT NULL,
      token INTEGER NOT NULL,
      ttl_ms INTEGER NOT NULL,
      is_released INTEGER NOT NULL
    ) STRICT;
  `,
};
