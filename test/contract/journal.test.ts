import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteJournal } from '../../src/adapters/journal/sqlite/sqlite-journal.ts';
import type { Journal } from '../../src/ports/journal.ts';
import { MemoryJournal } from '../fakes/memory-journal.ts';
import { type JournalBench, journalContract } from './journal.contract.ts';

journalContract('in memory', () => {
  const journal = new MemoryJournal();
  return { open: () => journal, reopen: () => journal, close: (): void => undefined };
});

journalContract('in SQLite', (): JournalBench => {
  const folder = mkdtempSync(join(tmpdir(), 'detour-journal-'));
  const file = join(folder, 'detour.db');
  let journal: Journal | undefined;
  const open = (): Journal => {
    journal?.[Symbol.dispose]();
    journal = openSqliteJournal({ file });
    return journal;
  };
  return {
    open,
    reopen: open,
    close: (): void => {
      journal?.[Symbol.dispose]();
      rmSync(folder, { recursive: true });
    },
  };
});
