import type { SchemaPart } from '../../sqlite/open-database.ts';

/** The journal's tables. `site` follows from the entry, so the two cannot disagree. */
export const journalSchema: SchemaPart = {
  part: 'journal',
  version: 1,
  statements: `
    CREATE TABLE durable (
      kind TEXT NOT NULL,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (kind, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE audit (
      seq INTEGER PRIMARY KEY,
      entry TEXT NOT NULL,
      previous_hash BLOB NOT NULL,
      hash BLOB NOT NULL,
      site TEXT AS (entry ->> '$.site') VIRTUAL
    ) STRICT;
    CREATE INDEX audit_by_site ON audit (site, seq);
  `,
};
