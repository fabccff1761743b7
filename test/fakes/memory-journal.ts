import {
  chainEntries,
  emptyHead,
  verifyAuditRecords,
} from '../../src/adapters/journal/audit-chain.ts';
import { type DurableRow, rowValue, stateOfRows } from '../../src/adapters/journal/durable-rows.ts';
import type { AuditEntry } from '../../src/core/command.ts';
import type { DurableChange, DurableState } from '../../src/core/durable.ts';
import { DetourError } from '../../src/lib/errors.ts';
import type { AuditQuery, AuditRecord, Journal } from '../../src/ports/journal.ts';

/** A journal that forgets everything with the process, but keeps what was committed over a simulated crash. */
export class MemoryJournal implements Journal {
  readonly #rows = new Map<string, DurableRow>();
  #records: AuditRecord[] = [];
  #failures = 0;

  /** Lets the next commits fail as on a full disk; nothing of them is kept. */
  failNext(commits = 1): void {
    this.#failures = commits;
  }

  load(): DurableState {
    return stateOfRows(this.#rows.values(), 'memory');
  }

  commit(changes: readonly DurableChange[], audit: readonly AuditEntry[]): readonly AuditRecord[] {
    if (changes.length === 0 && audit.length === 0) {
      return [];
    }
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new DetourError('Could not write the journal memory', {
        code: 'DETOUR_JOURNAL_FAILED',
        retryable: true,
      });
    }
    // Written out before anything is kept: a value that cannot be kept leaves nothing behind.
    const texts = changes.map((change) => rowValue(change, 'memory'));
    for (const [index, { kind, key }] of changes.entries()) {
      const value = texts[index];
      if (value === undefined) {
        this.#rows.delete(`${kind} ${key}`);
      } else {
        this.#rows.set(`${kind} ${key}`, { kind, key, value });
      }
    }
    const records = chainEntries(this.#records.at(-1) ?? emptyHead, audit);
    this.#records.push(...records);
    return records;
  }

  audit({ beforeSeq = Number.POSITIVE_INFINITY, limit, site }: AuditQuery): readonly AuditRecord[] {
    return this.#records
      .filter((record) => record.seq < beforeSeq && (site === undefined || record.site === site))
      .toReversed()
      .slice(0, limit);
  }

  verifyAudit(): { readonly seq: number; readonly problem: string } | undefined {
    return verifyAuditRecords(this.#records);
  }

  /** Writes over one record of the audit, as somebody with access to the disk could. */
  tamper(seq: number, change: Partial<AuditRecord>): void {
    this.#records = this.#records.map((record) =>
      record.seq === seq ? { ...record, ...change } : record,
    );
  }

  [Symbol.dispose](): void {
    // What was committed stays, as on a disk.
  }
}
